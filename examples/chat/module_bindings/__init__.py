"""Bindings of the module `chat`. Generated from the module definition: regenerate instead of editing.

Tables: Message, User

Reducers: send_message, set_name
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import send_message_reducer, set_name_reducer
from ._connect import connect, connect_async
from ._handles import Reducers, Tables
from ._module import MODULE
from .message import Message
from .send_message_reducer import register_on_send_message, send_message
from .set_name_reducer import register_on_set_name, set_name
from .user import User

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(types={0: Message, 1: User}, tables={"message": Message, "user": User})

__all__ = [
    "AsyncClient",
    "Client",
    "Message",
    "Reducers",
    "Tables",
    "User",
    "connect",
    "connect_async",
    "register_on_send_message",
    "register_on_set_name",
    "send_message",
    "send_message_reducer",
    "set_name",
    "set_name_reducer",
]
