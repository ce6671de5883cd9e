"""The public table `tank`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity


@dataclass(frozen=True, slots=True)
class Tank(TableRow):
    """One row of `tank`; its class methods are the table."""

    primary_key: ClassVar[str] = "identity"

    identity: Identity
    name: str
    x: float
    y: float
    angle: float
    score: int
    deaths: int

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            identity: Identity = ...,
            name: str = ...,
            x: float = ...,
            y: float = ...,
            angle: float = ...,
            score: int = ...,
            deaths: int = ...,
        ) -> Tank: ...

    @classmethod
    def filter_by_identity(cls, identity: Identity) -> Tank | None:
        """The row whose unique `identity` equals the value, or None."""
        return cls._find("identity", identity)

    @classmethod
    def filter_by_name(cls, name: str) -> Rows[Tank]:
        """The rows whose `name` equals the value."""
        return Tank._filter("name", name)

    @classmethod
    def filter_by_x(cls, x: float) -> Rows[Tank]:
        """The rows whose `x` equals the value."""
        return Tank._filter("x", x)

    @classmethod
    def filter_by_y(cls, y: float) -> Rows[Tank]:
        """The rows whose `y` equals the value."""
        return Tank._filter("y", y)

    @classmethod
    def filter_by_angle(cls, angle: float) -> Rows[Tank]:
        """The rows whose `angle` equals the value."""
        return Tank._filter("angle", angle)

    @classmethod
    def filter_by_score(cls, score: int) -> Rows[Tank]:
        """The rows whose `score` equals the value."""
        return Tank._filter("score", score)

    @classmethod
    def filter_by_deaths(cls, deaths: int) -> Rows[Tank]:
        """The rows whose `deaths` equals the value."""
        return Tank._filter("deaths", deaths)
