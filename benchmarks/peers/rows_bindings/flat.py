"""The public table `flat`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class Flat(TableRow):
    """One row of `flat`; its class methods are the table."""

    primary_key: ClassVar[str] = "id"

    id: int
    a: int
    x: float
    y: float

    if TYPE_CHECKING:

        def replace(self, *, id: int = ..., a: int = ..., x: float = ..., y: float = ...) -> Flat: ...

    @classmethod
    def filter_by_id(cls, id: int) -> Flat | None:
        """The row whose unique `id` equals the value, or None."""
        return cls._find("id", id)

    @classmethod
    def filter_by_a(cls, a: int) -> Rows[Flat]:
        """The rows whose `a` equals the value."""
        return Flat._filter("a", a)

    @classmethod
    def filter_by_x(cls, x: float) -> Rows[Flat]:
        """The rows whose `x` equals the value."""
        return Flat._filter("x", x)

    @classmethod
    def filter_by_y(cls, y: float) -> Rows[Flat]:
        """The rows whose `y` equals the value."""
        return Flat._filter("y", y)
