"""The public table `mark`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class Mark(TableRow):
    """One row of `mark`; its class methods are the table."""

    id: int
    a: int
    x: float
    y: float

    if TYPE_CHECKING:

        def replace(self, *, id: int = ..., a: int = ..., x: float = ..., y: float = ...) -> Mark: ...

    @classmethod
    def filter_by_id(cls, id: int) -> Rows[Mark]:
        """The rows whose `id` equals the value."""
        return Mark._filter("id", id)

    @classmethod
    def filter_by_a(cls, a: int) -> Rows[Mark]:
        """The rows whose `a` equals the value."""
        return Mark._filter("a", a)

    @classmethod
    def filter_by_x(cls, x: float) -> Rows[Mark]:
        """The rows whose `x` equals the value."""
        return Mark._filter("x", x)

    @classmethod
    def filter_by_y(cls, y: float) -> Rows[Mark]:
        """The rows whose `y` equals the value."""
        return Mark._filter("y", y)
