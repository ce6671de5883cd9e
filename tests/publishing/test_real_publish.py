"""`publish` on a real server: the module runs there, is changed there, and fails there as it should."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.errors import HttpError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module.hosted.entry import PANIC

pytestmark = [pytest.mark.real_server, pytest.mark.runtime]


def test_a_module_is_published_called_and_published_again(
    real_server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPACETIMEDB_TOKEN", HttpClient(real_server).identity().token)
    name = f"scripted-{uuid4().hex}"
    command = ["publish", name, "--module", "tests.publishing.scripted_rules", "--server", real_server]
    assert main([*command, "--clear"]) == 0
    assert f"{name} at {real_server} runs tests.publishing.scripted_rules" in capsys.readouterr().out
    http = HttpClient(real_server, timeout=60.0)
    steps = [["insert", "ann", 1, 2, 0.5], ["insert", "bo", 1, 2, 1.5], ["insert", "ann", 0, 0, 0.0]]
    http.call(name, "work", [json.dumps(steps)])
    with pytest.raises(HttpError, match="as the script says"):
        http.call(name, "work", [json.dumps([["plain", 1, "a"], ["fail"]])])
    with pytest.raises(HttpError, match=PANIC):
        http.call(name, "crash", [0])
    with pytest.raises(HttpError):
        http.call(name, "crash", [100_000])
    http.call(name, "work", [json.dumps([["range", 2, 0.0, 9.0], ["count"]])])
    assert main(["logs", name, "--server", real_server, "-n", "100", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = [line["message"] for line in lines if line.get("filename", "").endswith("scripted_rules.py")]
    first = [1, "ann", 1, 2, 0.5, ["ann", "1"]]
    assert json.loads(said[0]) == first
    assert json.loads(said[2]) == ["item", "name", "ann"]
    assert [row[1] for row in json.loads(said[-2])] == ["ann", "bo"]
    assert json.loads(said[-1]) == [2, 0, 2]
    assert any("ValueError: the bottom" in text for text in said)
    assert main(command) == 0
    http.call(name, "work", [json.dumps([["count"]])])


_SHELVES = """
from spacetimedb_sdk.module import Module, ReducerContext, Row, column, u32

module = Module("shelves", style="1.x")

@module.table(public=True)
class Shelf(Row):
    shelf_id: u32 = column(primary_key=True)
    label: str = column(unique=True)

@module.reducer
def put(ctx: ReducerContext, shelf_id: u32) -> None:
    ctx.db[Shelf].insert(Shelf(shelf_id, f"shelf {shelf_id}"))
"""
_LATER = """
@module.table(public=True)
class Book(Row):
    book_id: u32 = column(primary_key=True, auto_inc=True)

@module.reducer
def write(ctx: ReducerContext) -> None:
    ctx.db[Book].insert(Book(0))
"""


def test_changed_tables_are_taken_or_refused_with_their_rows_kept_and_the_server_lives(
    real_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPACETIMEDB_TOKEN", HttpClient(real_server).identity().token)
    monkeypatch.syspath_prepend(tmp_path)
    database, run = f"shelves-{uuid4().hex}", uuid4().hex
    http = HttpClient(real_server, timeout=60.0)

    def publish(number: int, changed: str) -> tuple[int, str]:
        (tmp_path / f"shelves_{run}_{number}.py").write_text(changed)
        module = f"shelves_{run}_{number}"
        code = main(["publish", database, "--module", module, "--server", real_server])
        return code, capsys.readouterr().err

    assert publish(0, _SHELVES)[0] == 0
    http.call(database, "put", [1])
    # Sent, it would have ended the server.
    code, said = publish(1, _SHELVES.replace("(primary_key=True)", "(primary_key=True, auto_inc=True)"))
    assert (code, "shelf.shelf_id may not become auto_inc" in said, "sending" in said) == (1, True, False)
    code, said = publish(
        2, _SHELVES.replace("= column(unique=True)", "= column(unique=True)\n    height: u32")
    )
    assert (code, "Adding a column height to table shelf" in said, "--clear" in said) == (1, True, True)
    assert publish(3, _SHELVES.replace("column(unique=True)", "column()") + _LATER)[0] == 0
    http.call(database, "write", [])
    http.call(database, "put", [2])
    rows = http.sql(database, "SELECT * FROM shelf")[0]["rows"]
    assert sorted(rows) == [[1, "shelf 1"], [2, "shelf 2"]]
    assert http.sql(database, "SELECT * FROM book")[0]["rows"] == [[1]]


def test_a_timer_is_the_database_s_alone_as_on_the_embedded_server(
    real_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACETIMEDB_TOKEN", HttpClient(real_server).identity().token)
    name = f"timed-{uuid4().hex}"
    there = ["--server", real_server]
    assert main(["publish", name, "--module", "tests.publishing.timed_rules", "--clear", *there]) == 0
    http = HttpClient(real_server, timeout=60.0)
    clock = {"scheduled_id": 1, "scheduled_at": {"Interval": {"__time_duration_micros__": 200_000}}}
    with pytest.raises(HttpError, match="no such reducer"):
        http.call(name, "strike", [clock])
    strokes: list[list[object]] = []
    while len(strokes) < 3:
        strokes = http.sql(name, "SELECT * FROM stroke")[0]["rows"]
    assert {by_itself for _number, _at, by_itself in strokes} == {True}
    assert main(["generate", "--out", str(tmp_path / "server"), "--database", name, *there]) == 0
    assert (
        main(["generate", "--out", str(tmp_path / "module"), "--module", "tests.publishing.timed_rules"]) == 0
    )
    written = {path.name for path in (tmp_path / "module").glob("*.py")}
    assert written == {path.name for path in (tmp_path / "server").glob("*.py")}
    assert "strike_reducer.py" not in written
