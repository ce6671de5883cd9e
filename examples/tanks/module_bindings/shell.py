"""The public table `shell`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity


@dataclass(frozen=True, slots=True)
class Shell(TableRow):
    """One row of `shell`; its class methods are the table."""

    primary_key: ClassVar[str] = "shell_id"

    shell_id: int
    owner: Identity
    x: float
    y: float
    angle: float
    ticks_left: int

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            shell_id: int = ...,
            owner: Identity = ...,
            x: float = ...,
            y: float = ...,
            angle: float = ...,
            ticks_left: int = ...,
        ) -> Shell: ...

    @classmethod
    def filter_by_shell_id(cls, shell_id: int) -> Shell | None:
        """The row whose unique `shell_id` equals the value, or None."""
        return cls._find("shell_id", shell_id)

    @classmethod
    def filter_by_owner(cls, owner: Identity) -> Rows[Shell]:
        """The rows whose `owner` equals the value."""
        return Shell._filter("owner", owner)

    @classmethod
    def filter_by_x(cls, x: float) -> Rows[Shell]:
        """The rows whose `x` equals the value."""
        return Shell._filter("x", x)

    @classmethod
    def filter_by_y(cls, y: float) -> Rows[Shell]:
        """The rows whose `y` equals the value."""
        return Shell._filter("y", y)

    @classmethod
    def filter_by_angle(cls, angle: float) -> Rows[Shell]:
        """The rows whose `angle` equals the value."""
        return Shell._filter("angle", angle)

    @classmethod
    def filter_by_ticks_left(cls, ticks_left: int) -> Rows[Shell]:
        """The rows whose `ticks_left` equals the value."""
        return Shell._filter("ticks_left", ticks_left)
