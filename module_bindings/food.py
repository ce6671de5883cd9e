"""The public table `food`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import TableRow


@dataclass(frozen=True, slots=True)
class Food(TableRow):
    """One row of `food`; its class methods are the table."""

    primary_key: ClassVar[str] = "entity_id"

    entity_id: int

    if TYPE_CHECKING:

        def replace(self, *, entity_id: int = ...) -> Food: ...

    @classmethod
    def filter_by_entity_id(cls, entity_id: int) -> Food | None:
        """The row whose unique `entity_id` equals the value, or None."""
        return cls._find("entity_id", entity_id)
