"""The public event table `consume_entity_event`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import TableRow


@dataclass(frozen=True, slots=True)
class ConsumeEntityEvent(TableRow):
    """One event of `consume_entity_event`: row callbacks get it as an insert, never kept, so `iter()` is empty."""

    consumed_entity_id: int
    consumer_entity_id: int

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            consumed_entity_id: int = ...,
            consumer_entity_id: int = ...,
        ) -> ConsumeEntityEvent: ...
