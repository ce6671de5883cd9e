"""The public table `wall`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class Wall(TableRow):
    """One row of `wall`; its class methods are the table."""

    primary_key: ClassVar[str] = "wall_id"

    wall_id: int
    x: float
    y: float
    width: float
    height: float

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            wall_id: int = ...,
            x: float = ...,
            y: float = ...,
            width: float = ...,
            height: float = ...,
        ) -> Wall: ...

    @classmethod
    def filter_by_wall_id(cls, wall_id: int) -> Wall | None:
        """The row whose unique `wall_id` equals the value, or None."""
        return cls._find("wall_id", wall_id)

    @classmethod
    def filter_by_x(cls, x: float) -> Rows[Wall]:
        """The rows whose `x` equals the value."""
        return Wall._filter("x", x)

    @classmethod
    def filter_by_y(cls, y: float) -> Rows[Wall]:
        """The rows whose `y` equals the value."""
        return Wall._filter("y", y)

    @classmethod
    def filter_by_width(cls, width: float) -> Rows[Wall]:
        """The rows whose `width` equals the value."""
        return Wall._filter("width", width)

    @classmethod
    def filter_by_height(cls, height: float) -> Rows[Wall]:
        """The rows whose `height` equals the value."""
        return Wall._filter("height", height)
