"""The programs on the pages do what the pages say."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from spacetimedb_sdk.standalone import Server
from tests.codegen.golden import conformance
from tests.conformance.conformance_module import module
from tests.places import DOCS

PAGE = DOCS / "clients.md"


def test_the_page_on_clients_runs_from_top_to_bottom(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "module_bindings", conformance)
    program = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
    with Server(module, database="my-game") as server:
        program = program.replace("127.0.0.1:3000", server.url.removeprefix("http://"))
        program, opened, asyncio_part = program.partition("import asyncio")
        scope: dict[str, Any] = {}
        exec(compile(program, str(PAGE), "exec"), scope)
        scope["client"].close()
        exec(compile(opened + asyncio_part, str(PAGE), "exec"), scope)
    shown = capsys.readouterr().out.splitlines()
    assert "the items are here" in shown
    assert [line for line in shown if line.startswith("new: ")] == [
        "new: sword0",
        "new: sword1",
        "new: sword2",
    ]
    assert "True CallOutcome.COMMITTED " in shown
    assert shown[-1].startswith("True c200")
