"""The public table `token`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Err, Ok


@dataclass(frozen=True, slots=True)
class Token(TableRow):
    """One row of `token`; its class methods are the table."""

    primary_key: ClassVar[str] = "id"

    id: UUID
    label: str
    outcome: Ok[int] | Err[str]

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            id: UUID = ...,
            label: str = ...,
            outcome: Ok[int] | Err[str] = ...,
        ) -> Token: ...

    @classmethod
    def filter_by_id(cls, id: UUID) -> Token | None:
        """The row whose unique `id` equals the value, or None."""
        return cls._find("id", id)

    @classmethod
    def filter_by_label(cls, label: str) -> Rows[Token]:
        """The rows whose `label` equals the value."""
        return Token._filter("label", label)

    @classmethod
    def filter_by_outcome(cls, outcome: Ok[int] | Err[str]) -> Rows[Token]:
        """The rows whose `outcome` equals the value."""
        return Token._filter("outcome", outcome)
