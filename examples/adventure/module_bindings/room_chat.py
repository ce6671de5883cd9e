"""The public table `room_chat`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class RoomChat(TableRow):
    """One row of `room_chat`; its class methods are the table."""

    primary_key: ClassVar[str] = "chat_id"

    chat_id: int
    room_id: int
    speaker: str
    text: str

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            chat_id: int = ...,
            room_id: int = ...,
            speaker: str = ...,
            text: str = ...,
        ) -> RoomChat: ...

    @classmethod
    def filter_by_chat_id(cls, chat_id: int) -> RoomChat | None:
        """The row whose unique `chat_id` equals the value, or None."""
        return cls._find("chat_id", chat_id)

    @classmethod
    def filter_by_room_id(cls, room_id: int) -> Rows[RoomChat]:
        """The rows whose `room_id` equals the value."""
        return RoomChat._filter("room_id", room_id)

    @classmethod
    def filter_by_speaker(cls, speaker: str) -> Rows[RoomChat]:
        """The rows whose `speaker` equals the value."""
        return RoomChat._filter("speaker", speaker)

    @classmethod
    def filter_by_text(cls, text: str) -> Rows[RoomChat]:
        """The rows whose `text` equals the value."""
        return RoomChat._filter("text", text)
