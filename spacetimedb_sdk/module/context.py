"""What a reducer is given, and the errors by which it fails."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from ..errors import SpacetimeDBException
from ..ranges import Between, Range
from ..types import ConnectionId, Identity, Timestamp
from .chance import Chance, uuid_v4, uuid_v7
from .http import ProcedureHttp, no_http
from .logger import LOGGERS

__all__ = [
    "AnonymousViewContext",
    "Between",
    "ProcedureContext",
    "Range",
    "ReducerContext",
    "ReducerError",
    "StoredTables",
    "Table",
    "Tables",
    "UniqueConstraintViolation",
    "ViewContext",
]

R = TypeVar("R")


class ReducerError(SpacetimeDBException):
    """A reducer's own failure: the transaction is undone, and the caller gets the text."""


class UniqueConstraintViolation(ReducerError):
    """A row whose `column` (or columns, joined by commas) holds what another row of `table` holds already."""

    def __init__(self, table: str, column: str, value: object) -> None:
        self.table = table
        self.column = column
        self.value = value
        super().__init__(f"insertion error on table `{table}`:duplicate unique column")


class Table(Protocol[R]):
    """The rows of one table as a reducer sees and changes them. An event table takes inserts alone and stores nothing."""

    def insert(self, row: R) -> R:
        """Stores `row` and returns it with its auto-increment columns filled in where they were 0.

        UniqueConstraintViolation, and nothing is stored, when another row holds a unique value already. The very same
        row, equal in all columns, may be inserted again, which changes nothing.
        """
        ...

    def get(self, key: object, /) -> R | None:
        """The row whose primary key is `key`. TypeError for a table without one."""
        ...

    def contains(self, key: object, /) -> bool:
        """Whether there is a row whose primary key is `key`."""
        ...

    def update(self, row: R) -> R:
        """Puts `row` in the place of the row with its primary key. ReducerError where there is none."""
        ...

    def delete(self, row: R) -> bool:
        """Removes `row`; False where no row is equal to it in all columns. `delete_by_key` looks at the key alone."""
        ...

    def delete_by_key(self, key: object) -> bool:
        """Removes the row whose primary key is `key`; False where there was none."""
        ...

    def find(self, /, **unique_column: object) -> R | None:
        """The row by one unique column: `find(name="Bo")`. TypeError where the column is not unique."""
        ...

    def filter(self, /, **columns: object) -> list[R]:
        """The rows whose columns equal the values given, or are within them where they are a `Range` or `Between`.

        By an index where one covers the columns, or the first of its columns and a range of the next: rows then come in
        the order of the index.
        """
        ...

    def iter(self) -> Iterator[R]:
        """Every row there is now; the table may be changed meanwhile."""
        ...

    def __iter__(self) -> Iterator[R]:
        """The same as `iter()`: `for player in ctx.db[Player]`."""
        ...

    def count(self) -> int:
        """How many rows there are."""
        ...

    def __len__(self) -> int:
        """The same as `count()`."""
        ...


class Tables(Protocol):
    """`ctx.db`: `ctx.db[Entity]` is the table of that row class, `ctx.db.entity` the same by its name."""

    def __getitem__(self, row_class: type[R]) -> Table[R]:
        """KeyError naming the module's tables where the class is none of them, or the row of several."""
        ...

    def __getattr__(self, name: str) -> Table[Any]: ...


class StoredTables(Protocol):
    """The tables that were stored and are none of the module's now, or do not fit: for `@module.on_migrate`."""

    def __contains__(self, table: object) -> bool:
        """Whether that table's rows have to be taken over."""
        ...

    def __iter__(self) -> Iterator[str]:
        """The names of those tables."""
        ...

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, by the names its columns had. Values of types that the module still has are theirs; other
        products are tuples, other sums (tag, payload). KeyError for a table that needs no hook: its rows are in `ctx.db`.
        """
        ...


class _Chances:
    """What makes random numbers and UUIDs out of a context."""

    __slots__ = ()
    timestamp: Timestamp
    chance: Chance
    _rng: random.Random | None
    _numbers: Iterator[int] | None

    @property
    def rng(self) -> random.Random:
        """The only source of chance: the same for the same seed and timestamp, wherever the module runs."""
        rng = self._rng
        if rng is None:
            # Made when it is asked for: few calls are left to chance, and a generator costs as much as a short one.
            rng = self.chance.generator(self.timestamp)
            object.__setattr__(self, "_rng", rng)
        return rng

    def new_uuid_v4(self) -> UUID:
        """A new UUID of chance alone: `ctx.rng`, so that the same seed gives the same."""
        return uuid_v4(self.rng)

    def new_uuid_v7(self) -> UUID:
        """A new UUID that begins with `ctx.timestamp` and sorts after those made before it in the same run."""
        numbers = self._numbers
        if numbers is None:
            numbers = count()
            object.__setattr__(self, "_numbers", numbers)
        return uuid_v7(self.rng, self.timestamp, numbers)


@dataclass(frozen=True, slots=True)
class ReducerContext(_Chances):
    """What one run of a reducer may know.

    `sender` called it; `connection_id` is None for calls that came by no connection (scheduled, init). `timestamp` is
    when the transaction began: reducers read no other clock. `identity` is the database's own, which is the sender of
    scheduled reducers. `rng` is the only source of chance, seeded by the server's `--seed` (or `chance`, for a context that is
    made by hand) and the timestamp. What `logger` is told goes to the database's log, whatever comes of the transaction.
    """

    sender: Identity
    connection_id: ConnectionId | None
    timestamp: Timestamp
    identity: Identity
    db: Tables
    chance: Chance = field(default_factory=Chance, repr=False, compare=False)
    logger: logging.Logger = field(default=logging.getLogger(LOGGERS), repr=False, compare=False)
    _rng: random.Random | None = field(default=None, init=False, repr=False, compare=False)
    _numbers: Iterator[int] | None = field(default=None, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ProcedureContext(_Chances):
    """What one run of a procedure may know. It reads and changes tables in transactions alone, see `with_tx`.

    `sender` called it, over `connection_id`, which is None for calls by HTTP. `timestamp` is when it began; `rng` and `logger`
    are as a reducer's. `http` asks other servers.
    """

    sender: Identity
    connection_id: ConnectionId | None
    timestamp: Timestamp
    identity: Identity
    run: Callable[[Callable[[ReducerContext], Any]], Any] = field(repr=False)
    http: ProcedureHttp = field(default_factory=lambda: ProcedureHttp(no_http), repr=False, compare=False)
    chance: Chance = field(default_factory=Chance, repr=False, compare=False)
    logger: logging.Logger = field(default=logging.getLogger(LOGGERS), repr=False, compare=False)
    _rng: random.Random | None = field(default=None, init=False, repr=False, compare=False)
    _numbers: Iterator[int] | None = field(default=None, init=False, repr=False, compare=False)

    def with_tx(self, work: Callable[[ReducerContext], R]) -> R:
        """Runs `work` as one transaction and returns what it returns. What it raises undoes the transaction and goes on;
        those before it stay."""
        self.http.in_transaction = True
        try:
            return cast(R, self.run(work))
        finally:
            self.http.in_transaction = False


@dataclass(frozen=True, slots=True)
class AnonymousViewContext:
    """What a view that is the same for everybody may know: the tables, to read."""

    db: Tables


@dataclass(frozen=True, slots=True)
class ViewContext:
    """What a view may know: who looks, and the tables, to read."""

    sender: Identity
    db: Tables
