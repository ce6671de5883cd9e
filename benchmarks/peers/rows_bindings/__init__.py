"""Bindings of the module `rows`. Generated from the module definition: regenerate instead of editing.

Tables: Blob, Entity, Flat, Mark

Types: DbVector2

Reducers: go, move
"""

from . import go_reducer, move_reducer
from ._handles import Reducers, Tables
from ._module import MODULE
from .blob import Blob
from .db_vector2 import DbVector2
from .entity import Entity
from .flat import Flat
from .go_reducer import go, register_on_go
from .mark import Mark
from .move_reducer import move, register_on_move

MODULE.bind(
    types={0: Blob, 1: Entity, 2: DbVector2, 3: Flat, 4: Mark},
    tables={"blob": Blob, "entity": Entity, "flat": Flat, "mark": Mark},
    field_names={0: ("id", "data_")},
)

__all__ = [
    "Blob",
    "DbVector2",
    "Entity",
    "Flat",
    "Mark",
    "Reducers",
    "Tables",
    "go",
    "go_reducer",
    "move",
    "move_reducer",
    "register_on_go",
    "register_on_move",
]
