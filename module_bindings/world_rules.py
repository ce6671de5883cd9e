"""The public table `world_rules`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class WorldRules(TableRow):
    """One row of `world_rules`; its class methods are the table."""

    primary_key: ClassVar[str] = "id"

    id: int
    name: str
    start_mass: int
    split_from: int
    most_circles: int
    recombine: float
    protection: float
    eject_from: int
    eject_cost: int
    pellet_mass: int

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            id: int = ...,
            name: str = ...,
            start_mass: int = ...,
            split_from: int = ...,
            most_circles: int = ...,
            recombine: float = ...,
            protection: float = ...,
            eject_from: int = ...,
            eject_cost: int = ...,
            pellet_mass: int = ...,
        ) -> WorldRules: ...

    @classmethod
    def filter_by_id(cls, id: int) -> WorldRules | None:
        """The row whose unique `id` equals the value, or None."""
        return cls._find("id", id)

    @classmethod
    def filter_by_name(cls, name: str) -> Rows[WorldRules]:
        """The rows whose `name` equals the value."""
        return WorldRules._filter("name", name)

    @classmethod
    def filter_by_start_mass(cls, start_mass: int) -> Rows[WorldRules]:
        """The rows whose `start_mass` equals the value."""
        return WorldRules._filter("start_mass", start_mass)

    @classmethod
    def filter_by_split_from(cls, split_from: int) -> Rows[WorldRules]:
        """The rows whose `split_from` equals the value."""
        return WorldRules._filter("split_from", split_from)

    @classmethod
    def filter_by_most_circles(cls, most_circles: int) -> Rows[WorldRules]:
        """The rows whose `most_circles` equals the value."""
        return WorldRules._filter("most_circles", most_circles)

    @classmethod
    def filter_by_recombine(cls, recombine: float) -> Rows[WorldRules]:
        """The rows whose `recombine` equals the value."""
        return WorldRules._filter("recombine", recombine)

    @classmethod
    def filter_by_protection(cls, protection: float) -> Rows[WorldRules]:
        """The rows whose `protection` equals the value."""
        return WorldRules._filter("protection", protection)

    @classmethod
    def filter_by_eject_from(cls, eject_from: int) -> Rows[WorldRules]:
        """The rows whose `eject_from` equals the value."""
        return WorldRules._filter("eject_from", eject_from)

    @classmethod
    def filter_by_eject_cost(cls, eject_cost: int) -> Rows[WorldRules]:
        """The rows whose `eject_cost` equals the value."""
        return WorldRules._filter("eject_cost", eject_cost)

    @classmethod
    def filter_by_pellet_mass(cls, pellet_mass: int) -> Rows[WorldRules]:
        """The rows whose `pellet_mass` equals the value."""
        return WorldRules._filter("pellet_mass", pellet_mass)
