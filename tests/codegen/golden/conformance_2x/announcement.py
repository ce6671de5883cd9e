"""The public event table `announcement`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import TableRow
from spacetimedb_sdk.types import Identity


@dataclass(frozen=True, slots=True)
class Announcement(TableRow):
    """One event of `announcement`: row callbacks get it as an insert, never kept, so `iter()` is empty."""

    from_: Identity
    text: str
    urgency: int

    if TYPE_CHECKING:

        def replace(self, *, from_: Identity = ..., text: str = ..., urgency: int = ...) -> Announcement: ...
