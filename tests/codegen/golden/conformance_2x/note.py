"""The public table `note`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity


@dataclass(frozen=True, slots=True)
class Note(TableRow):
    """One row of `note`; its class methods are the table."""

    author: Identity
    text: str

    if TYPE_CHECKING:

        def replace(self, *, author: Identity = ..., text: str = ...) -> Note: ...

    @classmethod
    def filter_by_author(cls, author: Identity) -> Rows[Note]:
        """The rows whose `author` equals the value."""
        return Note._filter("author", author)

    @classmethod
    def filter_by_text(cls, text: str) -> Rows[Note]:
        """The rows whose `text` equals the value."""
        return Note._filter("text", text)
