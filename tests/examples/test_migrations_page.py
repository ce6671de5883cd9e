"""The hook on the page about migrations does what the page says."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import Any

import pytest

from spacetimedb_sdk.module import Module, Row, column, i32
from spacetimedb_sdk.standalone import Database
from tests.places import DOCS


def before() -> tuple[Module, Any]:
    module = Module("shop")

    @module.table(public=True)
    class Item(Row):
        item_id: i32 = column(primary_key=True, auto_inc=True)
        name: str

    return module, Item


def test_the_hook_on_the_page_splits_names(monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (DOCS / "migrations.md").read_text(), re.DOTALL)
    page = ModuleType("shop")
    monkeypatch.setitem(sys.modules, "shop", page)
    exec(compile(program, "migrations.md", "exec"), page.__dict__)
    module, item = before()
    database = Database(module, clock=lambda: 0)
    rows = database.datastore.tables[item]
    database.change(lambda: rows.insert(item(0, "Ann Bell")), database.owner)
    database.change_module(page.module)
    assert database.rows(page.Item) == [page.Item(1, "Ann", "Bell")]
