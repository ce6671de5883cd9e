"""Bindings of the module `conformance_2x`. Generated from the module definition: regenerate instead of editing.

Tables: Announcement, Compound, Item, Note, Presence, Scalar, TickCount, TickTimer, Token

Views: MyItems, MyPresence, Sword

Types: Colour, ItemRow, Nothing, PresenceRow, Shape, Tint, Vector2

Reducers: add_compound, add_item, add_items, add_token, announce, announce_and_fail, announce_thrice,
clear_items, crash, edit_note, fail, move_all, move_item, nothing, remove_item, set_scalar, stop_ticks,
tick_every, tick_once, write_note

Procedures: add_numbers, crash_procedure, mirror, write_note_slowly
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import (
    add_compound_reducer,
    add_item_reducer,
    add_items_reducer,
    add_numbers_procedure,
    add_token_reducer,
    announce_and_fail_reducer,
    announce_reducer,
    announce_thrice_reducer,
    clear_items_reducer,
    crash_procedure_procedure,
    crash_reducer,
    edit_note_reducer,
    fail_reducer,
    mirror_procedure,
    move_all_reducer,
    move_item_reducer,
    nothing_reducer,
    remove_item_reducer,
    set_scalar_reducer,
    stop_ticks_reducer,
    tick_every_reducer,
    tick_once_reducer,
    write_note_reducer,
    write_note_slowly_procedure,
)
from ._connect import connect, connect_async
from ._handles import Procedures, Reducers, Tables, Views
from ._module import MODULE
from .add_compound_reducer import add_compound, register_on_add_compound
from .add_item_reducer import add_item, register_on_add_item
from .add_items_reducer import add_items, register_on_add_items
from .add_numbers_procedure import add_numbers
from .add_token_reducer import add_token, register_on_add_token
from .announce_and_fail_reducer import announce_and_fail, register_on_announce_and_fail
from .announce_reducer import announce, register_on_announce
from .announce_thrice_reducer import announce_thrice, register_on_announce_thrice
from .announcement import Announcement
from .clear_items_reducer import clear_items, register_on_clear_items
from .colour import Colour
from .compound import Compound
from .crash_procedure_procedure import crash_procedure
from .crash_reducer import crash, register_on_crash
from .edit_note_reducer import edit_note, register_on_edit_note
from .fail_reducer import fail, register_on_fail
from .item import Item
from .item_row import ItemRow
from .mirror_procedure import mirror
from .move_all_reducer import move_all, register_on_move_all
from .move_item_reducer import move_item, register_on_move_item
from .my_items import MyItems
from .my_presence import MyPresence
from .note import Note
from .nothing import Nothing
from .nothing_reducer import nothing, register_on_nothing
from .presence import Presence
from .presence_row import PresenceRow
from .remove_item_reducer import register_on_remove_item, remove_item
from .scalar import Scalar
from .set_scalar_reducer import register_on_set_scalar, set_scalar
from .shape import Shape
from .stop_ticks_reducer import register_on_stop_ticks, stop_ticks
from .sword import Sword
from .tick_count import TickCount
from .tick_every_reducer import register_on_tick_every, tick_every
from .tick_once_reducer import register_on_tick_once, tick_once
from .tick_timer import TickTimer
from .tint import Tint
from .token import Token
from .vector2 import Vector2
from .write_note_reducer import register_on_write_note, write_note
from .write_note_slowly_procedure import write_note_slowly

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(
    types={
        0: Announcement,
        1: Compound,
        2: Vector2,
        3: Colour,
        4: Nothing,
        5: Shape,
        6: Tint,
        7: ItemRow,
        8: Note,
        9: PresenceRow,
        10: Scalar,
        11: TickCount,
        12: TickTimer,
        13: Token,
    },
    tables={
        "announcement": Announcement,
        "compound": Compound,
        "item": Item,
        "my_items": MyItems,
        "my_presence": MyPresence,
        "note": Note,
        "presence": Presence,
        "scalar": Scalar,
        "sword": Sword,
        "tick_count": TickCount,
        "tick_timer": TickTimer,
        "token": Token,
    },
    field_names={0: ("from_", "text", "urgency")},
)

__all__ = [
    "Announcement",
    "AsyncClient",
    "Client",
    "Colour",
    "Compound",
    "Item",
    "ItemRow",
    "MyItems",
    "MyPresence",
    "Note",
    "Nothing",
    "Presence",
    "PresenceRow",
    "Procedures",
    "Reducers",
    "Scalar",
    "Shape",
    "Sword",
    "Tables",
    "TickCount",
    "TickTimer",
    "Tint",
    "Token",
    "Vector2",
    "Views",
    "add_compound",
    "add_compound_reducer",
    "add_item",
    "add_item_reducer",
    "add_items",
    "add_items_reducer",
    "add_numbers",
    "add_numbers_procedure",
    "add_token",
    "add_token_reducer",
    "announce",
    "announce_and_fail",
    "announce_and_fail_reducer",
    "announce_reducer",
    "announce_thrice",
    "announce_thrice_reducer",
    "clear_items",
    "clear_items_reducer",
    "connect",
    "connect_async",
    "crash",
    "crash_procedure",
    "crash_procedure_procedure",
    "crash_reducer",
    "edit_note",
    "edit_note_reducer",
    "fail",
    "fail_reducer",
    "mirror",
    "mirror_procedure",
    "move_all",
    "move_all_reducer",
    "move_item",
    "move_item_reducer",
    "nothing",
    "nothing_reducer",
    "register_on_add_compound",
    "register_on_add_item",
    "register_on_add_items",
    "register_on_add_token",
    "register_on_announce",
    "register_on_announce_and_fail",
    "register_on_announce_thrice",
    "register_on_clear_items",
    "register_on_crash",
    "register_on_edit_note",
    "register_on_fail",
    "register_on_move_all",
    "register_on_move_item",
    "register_on_nothing",
    "register_on_remove_item",
    "register_on_set_scalar",
    "register_on_stop_ticks",
    "register_on_tick_every",
    "register_on_tick_once",
    "register_on_write_note",
    "remove_item",
    "remove_item_reducer",
    "set_scalar",
    "set_scalar_reducer",
    "stop_ticks",
    "stop_ticks_reducer",
    "tick_every",
    "tick_every_reducer",
    "tick_once",
    "tick_once_reducer",
    "write_note",
    "write_note_reducer",
    "write_note_slowly",
    "write_note_slowly_procedure",
]
