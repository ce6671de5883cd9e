"""A module that runs what the language and its library are used for.

None of that needs an optional part of the interpreter, so a module of them is published without any; and none keeps anything, so that
each gives the same whenever it is run.
"""

# mypy: disable-error-code="abstract, assignment, attr-defined, import-not-found, index, misc, no-any-return, operator, return, unused-ignore, var-annotated"
# ruff: noqa: BLE001, T201 - what makers write

from __future__ import annotations

import gc
from typing import Any

from spacetimedb_sdk.module import Module, ReducerContext, Row, column, u32

# Imported for the idioms that they hold.
from . import idioms_of_the_language, idioms_of_the_library  # noqa: F401  # pyright: ignore[reportUnusedImport]
from .idiom import IDIOMS

__all__ = ["IDIOMS", "module"]

module = Module("idioms")


@module.table(public=True)
class Note(Row):
    id: u32 = column(primary_key=True)
    text: str


@module.reducer
def run(ctx: ReducerContext, number: u32, collected: bool) -> None:
    """Runs one of them among objects that refer to each other; `collected`: these are looked for behind it."""
    kept = [_circle(size) for size in range(number % 7)]
    found = IDIOMS[number]()
    print(repr(found))
    row = ctx.db[Note].find(id=number)
    text = repr(found)[:20]
    if row is None:
        ctx.db[Note].insert(Note(id=number, text=text))
    elif row.text != text:
        raise AssertionError(f"{row.text} before, {text} now")
    del kept
    if collected:
        gc.collect()


@module.reducer
def miss(_ctx: ReducerContext) -> None:
    """Asks for parts of the interpreter by names that no line has."""
    import sys

    for work in (
        lambda: __import__("_" + "csv"),
        lambda: (sys.modules.pop("_b" + "z2", None), __import__("_b" + "z2")),
        lambda: "é".encode("ascii", "name" + "replace"),
        lambda: getattr(sys, "set" + "trace")(print),
    ):
        try:
            print(work())
        except Exception as error:
            print(f"{type(error).__name__} {error}")


@module.reducer
def deep(_ctx: ReducerContext) -> None:
    """Calls the interpreter's compiler behind the back of what refuses it."""
    import builtins

    print(builtins.compile.__self__._compile("1", "x", "eval"))


def _circle(size: int) -> list[Any]:
    class Node:
        def __init__(self, others: list[Any]) -> None:
            self.others, self.name = others, f"node {len(others)}"
            self.called = lambda: self.name
            self.walk = (other for other in others)

    others: list[Any] = []
    others += [Node(others) for _ in range(size)]
    return others
