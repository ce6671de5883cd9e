"""docs/standalone.md says what is so: its routes, its options, its figures, its example."""

from __future__ import annotations

import logging
import re
import sys
import types
from typing import Any

import pytest

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module, Row, column, u32
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.command import main
from spacetimedb_sdk.standalone.web.application import make_application
from tests.conformance.conformance_module import module as conformance
from tests.places import DOCS
from tests.standalone.http_client import ask

PAGE = (DOCS / "standalone.md").read_text(encoding="utf-8")


def test_the_page_lists_the_routes_there_are(server: Server) -> None:
    listed = set(re.findall(r"`(GET|POST|PUT|DELETE) ([\w/-]+)[?`]", PAGE)) - {("PUT", "/v1/database/NAME")}
    placeholders = {"{database}": "DB", "{identity}": "ID", "{function}": "FUNCTION", "/v1/": ""}
    there = set()
    for route in make_application(server.running.database_host).router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        for written, shown in placeholders.items():
            path = path.replace(written, shown)
        if route.method != "HEAD":
            there.add((route.method, path))
    assert {route for route in listed if not route[1].startswith("/")} == there


def test_the_options_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for option in re.findall(r"(?<!-)--[a-z][a-z-]+", PAGE):
        assert option in shown or option == "--token"


def test_the_figures_are_told(server: Server) -> None:
    told = ask(server, "GET", "/v1/metrics").body
    for name in re.findall(r"`(spacetimedb_\w+)`", PAGE):
        assert f"# TYPE {name} " in told


def test_the_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    module = Module("shop")

    @module.table(public=True)
    class Item(Row):
        item_id: u32 = column(primary_key=True, auto_inc=True)
        name: str

    shop, inner = types.ModuleType("shop"), types.ModuleType("shop.module")
    inner.__dict__.update(module=module, Item=Item)
    monkeypatch.setitem(sys.modules, "shop", shop)
    monkeypatch.setitem(sys.modules, "shop.module", inner)
    example, bans = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/standalone.md", "exec"), names)
    with Server(module, database="shop") as server:
        names.update(token=server.owner_token, identity=HttpClient(server.url).identity().identity)
        exec(compile(bans.replace("http://127.0.0.1:3000", server.url), "docs/standalone.md", "exec"), names)
        assert names["owner"].bans("shop") == []


def test_what_a_module_says_by_the_logger_on_the_page_is_kept(server: Server) -> None:
    (name,) = re.findall(r'logging\.getLogger\("(.+)"\)', PAGE)
    logging.getLogger(name.replace("NAME", conformance.name)).warning("hello")
    assert (
        '"message":"hello"'
        in ask(server, "GET", "/v1/database/conformance/logs", token=server.owner_token).body
    )
