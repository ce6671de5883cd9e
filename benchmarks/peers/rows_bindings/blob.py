"""The public table `blob`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class Blob(TableRow):
    """One row of `blob`; its class methods are the table."""

    primary_key: ClassVar[str] = "id"

    id: int
    data_: bytes

    if TYPE_CHECKING:

        def replace(self, *, id: int = ..., data_: bytes = ...) -> Blob: ...

    @classmethod
    def filter_by_id(cls, id: int) -> Blob | None:
        """The row whose unique `id` equals the value, or None."""
        return cls._find("id", id)

    @classmethod
    def filter_by_data(cls, data_: bytes) -> Rows[Blob]:
        """The rows whose `data_` equals the value."""
        return Blob._filter("data_", data_)
