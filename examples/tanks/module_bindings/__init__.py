"""Bindings of the module `tanks`. Generated from the module definition: regenerate instead of editing.

Tables: Hit, Shell, Tank, Wall

Reducers: control, join
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import control_reducer, join_reducer
from ._connect import connect, connect_async
from ._handles import Reducers, Tables
from ._module import MODULE
from .control_reducer import control, register_on_control
from .hit import Hit
from .join_reducer import join, register_on_join
from .shell import Shell
from .tank import Tank
from .wall import Wall

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(
    types={0: Hit, 1: Shell, 2: Tank, 3: Wall},
    tables={"hit": Hit, "shell": Shell, "tank": Tank, "wall": Wall},
)

__all__ = [
    "AsyncClient",
    "Client",
    "Hit",
    "Reducers",
    "Shell",
    "Tables",
    "Tank",
    "Wall",
    "connect",
    "connect_async",
    "control",
    "control_reducer",
    "join",
    "join_reducer",
    "register_on_control",
    "register_on_join",
]
