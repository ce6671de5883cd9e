"""The page of differences says what is so: each thing it says is missing is missing, each thing it says is there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import signature

import pytest

from spacetimedb_sdk import module as module_api
from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import Module, ProcedureContext, Row, column, i8, i32, index
from spacetimedb_sdk.sats.schema.v10 import _ABSENT, _OF_THE_SERVER
from spacetimedb_sdk.standalone import Database
from tests.places import DOCS

PAGE = (DOCS / "server-differences.md").read_text()


def rows(heading: str) -> list[str]:
    """What the first cells of a section's table name."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (.+?) \|", section, re.MULTILINE)
    return [cell for cell in cells if cell != "What"]


def _has(*words: str) -> bool:
    names = [*dir(Module), *dir(ProcedureContext), *module_api.__all__]
    return any(word in name.lower() for word in words for name in names)


def _read_not_declared() -> bool:
    known = {
        "HttpHandlers",
        "HttpRoutes",
        "Outboxes",
        "Environment",
    } <= _OF_THE_SERVER and "Submodules" in _ABSENT
    return known and not _has("handler", "outbox", "environment", "submodule")


def _views_return_rows() -> bool:
    module = Module("views")
    module.view(name="odd")(lambda ctx: ctx.db.thing)
    try:
        module.build()
    except ModuleError:
        return not _has("query")
    return False


def _one_kind_of_index() -> bool:
    module = Module("indexes")

    @module.table(indexes=[index("by_both", "a", "b")])
    class Thing(Row):
        a: i32 = column(index=True)
        b: i32

    kinds = {item.algorithm for table in module.definition().tables for item in table.indexes}
    return "algorithm" not in signature(index).parameters and kinds == {"BTree"}


def _unique_columns_alone() -> bool:
    return "unique" not in signature(Module.table).parameters and "unique" not in signature(index).parameters


def _zero_is_left_out() -> bool:
    module = Module("numbers")

    @module.table
    class Small(Row):
        number: i8 = column(primary_key=True, auto_inc=True)
        other: i32 = column(default=0)

    database = Database(module, clock=lambda: 0)
    table = database.datastore.tables[Small]
    database.change(lambda: [table.insert(Small(0)) for _ in range(255)], database.owner)
    return {row.number for row in table.iter()} == set(range(-128, 128)) - {0}


MISSING: dict[str, Callable[[], bool]] = {
    "Handlers of HTTP requests, outboxes, the environment, submodules": _read_not_declared,
    "Views made by a query builder": _views_return_rows,
    "Hash and direct indexes": _one_kind_of_index,
    "Unique constraints over several columns": _unique_columns_alone,
    "A number of `auto_inc` that is 0": _zero_is_left_out,
}
BESIDES: dict[str, Callable[[], bool]] = {
    "A stored table or column with another name": lambda: "renamed_from" in signature(column).parameters,
    "Rows of tables that do not fit any more": lambda: hasattr(Module, "on_migrate"),
}


def test_every_line_about_modules_is_tried() -> None:
    assert rows("What modules in Python lack") == list(MISSING)
    assert rows("What modules in Python have besides") == list(BESIDES)


@pytest.mark.parametrize("line", [*MISSING, *BESIDES])
def test_what_the_page_says_is_so(line: str) -> None:
    assert {**MISSING, **BESIDES}[line]()


def test_nothing_is_said_to_be_missing_that_is_there() -> None:
    """What was on the page once, or in the findings of those who compared, and is there now."""
    lacking = PAGE.split("## What modules in Python lack")[1].split("## What modules in Python have")[0]
    for there in ("uuid", "primary_key", "scheduled", "float", "name="):
        assert there not in lacking.replace("`primary_key=`", "").lower()
