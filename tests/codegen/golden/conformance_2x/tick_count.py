"""The public table `tick_count`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class TickCount(TableRow):
    """One row of `tick_count`; its class methods are the table."""

    primary_key: ClassVar[str] = "label"

    label: str
    ticks: int

    if TYPE_CHECKING:

        def replace(self, *, label: str = ..., ticks: int = ...) -> TickCount: ...

    @classmethod
    def filter_by_label(cls, label: str) -> TickCount | None:
        """The row whose unique `label` equals the value, or None."""
        return cls._find("label", label)

    @classmethod
    def filter_by_ticks(cls, ticks: int) -> Rows[TickCount]:
        """The rows whose `ticks` equals the value."""
        return TickCount._filter("ticks", ticks)
