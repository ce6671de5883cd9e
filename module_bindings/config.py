"""The public table `config`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class Config(TableRow):
    """One row of `config`; its class methods are the table."""

    primary_key: ClassVar[str] = "id"

    id: int
    world_size: int

    if TYPE_CHECKING:

        def replace(self, *, id: int = ..., world_size: int = ...) -> Config: ...

    @classmethod
    def filter_by_id(cls, id: int) -> Config | None:
        """The row whose unique `id` equals the value, or None."""
        return cls._find("id", id)

    @classmethod
    def filter_by_world_size(cls, world_size: int) -> Rows[Config]:
        """The rows whose `world_size` equals the value."""
        return Config._filter("world_size", world_size)
