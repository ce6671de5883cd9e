"""One module on both of its grounds: the embedded server's tables, and the host's functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from spacetimedb_sdk.module import (
    Module,
    Range,
    ReducerContext,
    ReducerError,
    Row,
    column,
    f32,
    f64,
    i32,
    index,
    u32,
    u64,
)
from spacetimedb_sdk.module.hosted.entry import HostedModule
from spacetimedb_sdk.standalone import Database, ReducerPanic

from .python_host import PythonHost

__all__ = ["GROUNDS", "Ground", "Item", "Measure", "Narrow", "Numbered", "Pair", "Plain", "Range", "module"]

module = Module("both", style="1.x")
LEVELS = ["Error", "Warn", "Info", "Debug", "Trace"]
# What the reducer `work` is to do, put here by a test.
_WORK: list[Callable[[ReducerContext], object]] = []


@module.table(public=True, indexes=[index("by_team_and_score", "team", "score")])
class Item(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    name: str = column(unique=True)
    level: i32 = column(index=True)
    team: u32
    score: f64


@module.table(public=True)
class Plain(Row):
    left: i32
    right: str | None


@module.table()
class Pair(Row):
    key: str = column(primary_key=True)
    tags: list[str]


@module.table()
class Measure(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    indexed: f64 = column(index=True)
    bare: f64


@module.table()
class Narrow(Row):
    id: u64 = column(primary_key=True)
    ratio: f32
    tags: list[str]


@module.table()
class Numbered(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    serial: u32 = column(unique=True, auto_inc=True)
    text: str


@module.reducer
def work(ctx: ReducerContext) -> None:
    _WORK[-1](ctx)


class Ground(Protocol):
    now: int

    def run(self, do: Callable[[ReducerContext], object]) -> Any:
        """Do it in one transaction and return what it returned; what it raises undoes the transaction and goes on."""
        ...

    def logged(self) -> list[tuple[str, str, int, str]]:
        """The level, file, line and text of what the module said."""
        ...


def _kept(do: Callable[[ReducerContext], object], out: list[Any]) -> Callable[[ReducerContext], None]:
    def run(ctx: ReducerContext) -> None:
        try:
            out.append(do(ctx))
        except BaseException as error:
            out.append(error)
            raise

    return run


def _answer(out: list[Any]) -> Any:
    if isinstance(out[-1], BaseException):
        raise out[-1]
    return out[-1]


class EmbeddedGround:
    """The embedded server's engine."""

    def __init__(self, seed: int = 3) -> None:
        self.now = 7_000_000
        self.database = Database(module, clock=lambda: self.now, seed=seed)

    def run(self, do: Callable[[ReducerContext], object]) -> Any:
        out: list[Any] = []
        _WORK.append(_kept(do, out))
        with suppress(ReducerError, ReducerPanic):  # what was raised inside is asked for below
            self.database.call("work", sender=self.database.owner)
        return _answer(out)

    def logged(self) -> list[tuple[str, str, int, str]]:
        lines = map(json.loads, self.database.module_log.lines())
        return [
            (line["level"], line["filename"], line["line_number"], line["message"])
            for line in lines
            if "line_number" in line
        ]


class HostedGround:
    """What the interpreter runs inside a database, over a host in Python."""

    def __init__(self, seed: int = 3) -> None:
        self.now = 7_000_000
        self.host = PythonHost(module)
        self.hosted = HostedModule(module, self.host, seed=seed, now=lambda _micros: None)
        names = [reducer.name for reducer in module.definition().reducers]
        self.number = names.index("work")

    def run(self, do: Callable[[ReducerContext], object]) -> Any:
        out: list[Any] = []
        _WORK.append(_kept(do, out))
        before = self.host.snapshot()
        failed = self.hosted.call_reducer(self.number, bytes(32), bytes(16), self.now, b"")
        if failed is not None:
            self.host.restore(before)
        return _answer(out)

    def logged(self) -> list[tuple[str, str, int, str]]:
        return [(LEVELS[level], file, line, text) for level, file, line, text in self.host.logged]


GROUNDS = [EmbeddedGround, HostedGround]
