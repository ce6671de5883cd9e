"""Bindings of the module `conformance`. Generated from the module definition: regenerate instead of editing.

Tables: Compound, Item, Note, Presence, Scalar, TickCount, TickTimer

Types: Colour, Nothing, Shape, Tint, Vector2

Reducers: add_compound, add_item, add_items, clear_items, crash, edit_note, fail, move_all, move_item,
nothing, remove_item, set_scalar, stop_ticks, tick, tick_every, tick_once, write_note
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import (
    add_compound_reducer,
    add_item_reducer,
    add_items_reducer,
    clear_items_reducer,
    crash_reducer,
    edit_note_reducer,
    fail_reducer,
    move_all_reducer,
    move_item_reducer,
    nothing_reducer,
    remove_item_reducer,
    set_scalar_reducer,
    stop_ticks_reducer,
    tick_every_reducer,
    tick_once_reducer,
    tick_reducer,
    write_note_reducer,
)
from ._connect import connect, connect_async
from ._handles import Reducers, Tables
from ._module import MODULE
from .add_compound_reducer import add_compound, register_on_add_compound
from .add_item_reducer import add_item, register_on_add_item
from .add_items_reducer import add_items, register_on_add_items
from .clear_items_reducer import clear_items, register_on_clear_items
from .colour import Colour
from .compound import Compound
from .crash_reducer import crash, register_on_crash
from .edit_note_reducer import edit_note, register_on_edit_note
from .fail_reducer import fail, register_on_fail
from .item import Item
from .move_all_reducer import move_all, register_on_move_all
from .move_item_reducer import move_item, register_on_move_item
from .note import Note
from .nothing import Nothing
from .nothing_reducer import nothing, register_on_nothing
from .presence import Presence
from .remove_item_reducer import register_on_remove_item, remove_item
from .scalar import Scalar
from .set_scalar_reducer import register_on_set_scalar, set_scalar
from .shape import Shape
from .stop_ticks_reducer import register_on_stop_ticks, stop_ticks
from .tick_count import TickCount
from .tick_every_reducer import register_on_tick_every, tick_every
from .tick_once_reducer import register_on_tick_once, tick_once
from .tick_reducer import register_on_tick, tick
from .tick_timer import TickTimer
from .tint import Tint
from .vector2 import Vector2
from .write_note_reducer import register_on_write_note, write_note

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(
    types={
        0: Compound,
        1: Vector2,
        2: Colour,
        3: Nothing,
        4: Shape,
        5: Tint,
        6: Item,
        7: Note,
        8: Presence,
        9: Scalar,
        10: TickCount,
        11: TickTimer,
    },
    tables={
        "compound": Compound,
        "item": Item,
        "note": Note,
        "presence": Presence,
        "scalar": Scalar,
        "tick_count": TickCount,
        "tick_timer": TickTimer,
    },
)

__all__ = [
    "AsyncClient",
    "Client",
    "Colour",
    "Compound",
    "Item",
    "Note",
    "Nothing",
    "Presence",
    "Reducers",
    "Scalar",
    "Shape",
    "Tables",
    "TickCount",
    "TickTimer",
    "Tint",
    "Vector2",
    "add_compound",
    "add_compound_reducer",
    "add_item",
    "add_item_reducer",
    "add_items",
    "add_items_reducer",
    "clear_items",
    "clear_items_reducer",
    "connect",
    "connect_async",
    "crash",
    "crash_reducer",
    "edit_note",
    "edit_note_reducer",
    "fail",
    "fail_reducer",
    "move_all",
    "move_all_reducer",
    "move_item",
    "move_item_reducer",
    "nothing",
    "nothing_reducer",
    "register_on_add_compound",
    "register_on_add_item",
    "register_on_add_items",
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
    "register_on_tick",
    "register_on_tick_every",
    "register_on_tick_once",
    "register_on_write_note",
    "remove_item",
    "remove_item_reducer",
    "set_scalar",
    "set_scalar_reducer",
    "stop_ticks",
    "stop_ticks_reducer",
    "tick",
    "tick_every",
    "tick_every_reducer",
    "tick_once",
    "tick_once_reducer",
    "tick_reducer",
    "write_note",
    "write_note_reducer",
]
