"""The module on the page about modules is loaded, called and served."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.sats.schema.versions import read_schema
from spacetimedb_sdk.standalone import Server
from tests.places import DOCS

PAGE = DOCS / "modules.md"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The programs of the page as one module, in a file, so that mistakes have lines."""
    program = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
    path = tmp_path / "guild.py"
    path.write_text(program)
    made = ModuleType("guild")
    made.__file__ = str(path)
    monkeypatch.setitem(sys.modules, "guild", made)
    exec(compile(program, str(path), "exec"), made.__dict__)
    return made


def test_the_module_on_the_page_is_served(page: Any) -> None:
    with Server(page.module, database="guild") as server:
        client = HttpClient(server.url, HttpClient(server.url).identity().token)
        client.call("guild", "join", ["Bo"])
        client.call("guild", "earn", [7])
        (member,) = server.run(lambda database: database.rows(page.Member))
        assert (member.name, member.gold) == ("Bo", 17)
        definition = read_schema(client.schema("guild"))
        assert {table.name for table in definition.tables if table.is_public} == {"member", "cheer"}
        assert {view.name for view in definition.views} == {"my_purse"}
        assert {procedure.name for procedure in definition.procedures} == {"transfer", "weather"}


def test_the_links_of_the_page_lead_somewhere() -> None:
    for link in re.findall(r"\]\((\S+?)\)", PAGE.read_text()):
        assert (PAGE.parent / link.partition("#")[0]).exists(), link
