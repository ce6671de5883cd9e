"""The public table `message`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity, Timestamp


@dataclass(frozen=True, slots=True)
class Message(TableRow):
    """One row of `message`; its class methods are the table."""

    sender: Identity
    sent: Timestamp
    text: str

    if TYPE_CHECKING:

        def replace(self, *, sender: Identity = ..., sent: Timestamp = ..., text: str = ...) -> Message: ...

    @classmethod
    def filter_by_sender(cls, sender: Identity) -> Rows[Message]:
        """The rows whose `sender` equals the value."""
        return Message._filter("sender", sender)

    @classmethod
    def filter_by_sent(cls, sent: Timestamp) -> Rows[Message]:
        """The rows whose `sent` equals the value."""
        return Message._filter("sent", sent)

    @classmethod
    def filter_by_text(cls, text: str) -> Rows[Message]:
        """The rows whose `text` equals the value."""
        return Message._filter("text", text)
