"""The public table `tick_timer`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import ScheduleAt


@dataclass(frozen=True, slots=True)
class TickTimer(TableRow):
    """One row of `tick_timer`; its class methods are the table."""

    primary_key: ClassVar[str] = "scheduled_id"

    scheduled_id: int
    scheduled_at: ScheduleAt
    label: str

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            scheduled_id: int = ...,
            scheduled_at: ScheduleAt = ...,
            label: str = ...,
        ) -> TickTimer: ...

    @classmethod
    def filter_by_scheduled_id(cls, scheduled_id: int) -> TickTimer | None:
        """The row whose unique `scheduled_id` equals the value, or None."""
        return cls._find("scheduled_id", scheduled_id)

    @classmethod
    def filter_by_scheduled_at(cls, scheduled_at: ScheduleAt) -> Rows[TickTimer]:
        """The rows whose `scheduled_at` equals the value."""
        return TickTimer._filter("scheduled_at", scheduled_at)

    @classmethod
    def filter_by_label(cls, label: str) -> Rows[TickTimer]:
        """The rows whose `label` equals the value."""
        return TickTimer._filter("label", label)
