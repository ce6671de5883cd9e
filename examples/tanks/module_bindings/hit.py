"""The public event table `hit`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import TableRow
from spacetimedb_sdk.types import Identity


@dataclass(frozen=True, slots=True)
class Hit(TableRow):
    """One event of `hit`: row callbacks get it as an insert, never kept, so `iter()` is empty."""

    shooter: Identity
    victim: Identity
    x: float
    y: float

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            shooter: Identity = ...,
            victim: Identity = ...,
            x: float = ...,
            y: float = ...,
        ) -> Hit: ...
