"""Bindings of the module `rows`. Generated from the module definition: regenerate instead of editing.

Tables: Blob, Entity, Flat, Mark

Types: DbVector2

Reducers: go, move
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import go_reducer, move_reducer
from ._connect import connect, connect_async
from ._handles import Reducers, Tables
from ._module import MODULE
from .blob import Blob
from .db_vector2 import DbVector2
from .entity import Entity
from .flat import Flat
from .go_reducer import go, register_on_go
from .mark import Mark
from .move_reducer import move, register_on_move

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(
    types={0: Blob, 1: Entity, 2: DbVector2, 3: Flat, 4: Mark},
    tables={"blob": Blob, "entity": Entity, "flat": Flat, "mark": Mark},
    field_names={0: ("id", "data_")},
)

__all__ = [
    "AsyncClient",
    "Blob",
    "Client",
    "DbVector2",
    "Entity",
    "Flat",
    "Mark",
    "Reducers",
    "Tables",
    "connect",
    "connect_async",
    "go",
    "go_reducer",
    "move",
    "move_reducer",
    "register_on_go",
    "register_on_move",
]
