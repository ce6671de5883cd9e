"""Bindings of the module `chat`. Generated from the module definition: regenerate instead of editing.

Tables: Message, User

Reducers: send_message, set_name
"""

from . import send_message_reducer, set_name_reducer
from ._handles import Reducers, Tables
from ._module import MODULE
from .message import Message
from .send_message_reducer import register_on_send_message, send_message
from .set_name_reducer import register_on_set_name, set_name
from .user import User

MODULE.bind(types={0: Message, 1: User}, tables={"message": Message, "user": User})

__all__ = [
    "Message",
    "Reducers",
    "Tables",
    "User",
    "register_on_send_message",
    "register_on_set_name",
    "send_message",
    "send_message_reducer",
    "set_name",
    "set_name_reducer",
]
