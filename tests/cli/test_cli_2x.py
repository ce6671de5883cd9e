"""What only SpacetimeDB 2 has, against the definition a real 2.8.3 sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spacetimedb_sdk.bindings.live import LiveBindings
from spacetimedb_sdk.sats.schema.versions import read_schema
from spacetimedb_sdk.types import Identity
from tests.cli.conftest import Run
from tests.places import SCHEMAS, TESTS

SCHEMA = (SCHEMAS / "conformance_2x.v10.json").read_text()
PREFIX = "/v1/database/conformance"
ANSWERS = {
    ("GET", f"{PREFIX}/schema?version=10", ""): (200, SCHEMA),
    ("POST", f"{PREFIX}/call/add_numbers", "[-2, 44]"): (200, "42"),
    ("POST", f"{PREFIX}/call/mirror", "[[1, 2.5], [1, []]]"): (200, '[[1,2.5],[3,"none"]]'),
    ("POST", f"{PREFIX}/call/crash_procedure", "[]"): (500, "The instance encountered a fatal error."),
    ("POST", f"{PREFIX}/call/write_note_slowly", '["a"]'): (
        500,
        "The module instance encountered a fatal error: error while executing at wasm backtrace:\n    0:  0x34c7b - m.wasm!f",
    ),
    ("POST", f"{PREFIX}/sql", "SELECT name, level FROM item WHERE level > 2"): (
        200,
        '[{"schema":{"elements":[{"name":{"some":"name"},"algebraic_type":{"String":[]}},{"name":{"some":"level"},'
        '"algebraic_type":{"I32":[]}}]},"rows":[["i3",3],["i4",4]],"total_duration_micros":146,'
        '"stats":{"rows_inserted":0,"rows_deleted":0,"rows_updated":0}}]',
    ),
    ("POST", f"{PREFIX}/sql", "SELEKT"): (
        400,
        "sql parser error: Expected an SQL statement, found: SELEKT at Line: 1, Column 1",
    ),
    ("GET", f"{PREFIX}/logs?follow=false&num_lines=1", ""): (
        200,
        '{"level":"Error","ts":1795411014546943,"target":"__spacetimedb__","filename":"__spacetimedb__",'
        '"function":"write_note","message":"invalid arguments"}\n',
    ),
    ("GET", f"{PREFIX}/logs?follow=false", ""): (
        403,
        "c200d90d is not authorized to perform action on database c200cc9d: view module logs",
    ),
}


class Recorded(BaseHTTPRequestHandler):
    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        status, text = ANSWERS.get((self.command, self.path, body), (418, f"not here: {self.path} {body}"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = answer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture(scope="module")
def modern() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_a_procedure_prints_what_it_returns(run: Run, modern: str) -> None:
    shown = run("call", "--server", modern, "conformance", "add_numbers", "--", "-2", "44")
    assert (shown.code, shown.out) == (0, "42\n")
    shown = run("call", "--server", modern, "conformance", "mirror", '{"circle": 2.5}', "null")
    assert shown.out == '[{"circle":2.5},{"label":"none"}]\n'
    shown = run("call", "--server", modern, "conformance", "crash_procedure")
    assert shown.code == 1
    assert "procedure crash_procedure failed: The instance encountered a fatal error." in shown.err
    assert "traceback: python -m spacetimedb_sdk logs conformance" in shown.err
    shown = run("call", "--server", modern, "conformance", "write_note_slowly", "a")
    (line,) = shown.err.splitlines()
    assert (
        "failed: The module instance encountered a fatal error: the module's log says why. Its log has"
        in line
    )


def test_views_events_and_procedures_are_described(run: Run, modern: str) -> None:
    lines = run("describe", "--server", modern, "conformance").lines
    assert "event table\tannouncement\tpublic\t(from: Identity, text: String, urgency: U8)" in lines
    assert "view\tmy_items\tpublic\tArray<Item>" in lines
    assert "procedure\tmirror\tpublic\t(shape: Shape, maybe: Option<Vector2>) -> Array<Shape>" in lines
    assert "reducer\ttick\tprivate\t(timer: TickTimer)" in lines


def test_bindings_in_memory_have_every_table_and_view() -> None:
    live = LiveBindings(read_schema(json.loads(SCHEMA)))
    tables = live.bindings.tables
    assert "secret" in tables, "its owner may follow it"
    assert tables["announcement"].is_event
    assert [name for name, table in tables.items() if table.is_view] == ["my_items", "my_presence", "sword"]
    cls = live.bindings.table_classes["sword"]
    codec = live.bindings.space.row_codec(tables["sword"].row, cls)
    row = cls(7, "sword", (2, ()), -1, Identity(bytes(32)), (1.5, 0.1))
    assert live.row_json("sword", codec.decode(codec.encode(row))) == {
        "item_id": 7,
        "name": "sword",
        "kind": {"blue": []},
        "level": -1,
        "owner": {"__identity__": "0x0"},
        "position": {"x": 1.5, "y": 0.1},
    }


def test_bindings_in_memory_call_what_may_be_called() -> None:
    live = LiveBindings(read_schema(json.loads(SCHEMA)))
    assert "client_connected" not in live.bindings.reducers, "the lifecycle's cannot be called"
    codec = live.bindings.args_codec("add_item")
    arguments = ("sword", (2, ()), -1, (1.5, 0.5))
    assert tuple(codec.decode(codec.encode(arguments))) == arguments
    assert "mirror" in live.bindings.procedures


def test_bindings_come_from_the_definition_that_tells_most(run: Run, modern: str, tmp_path: Path) -> None:
    shown = run("generate", "--server", modern, "--database", "conformance", "--out", str(tmp_path / "out"))
    assert (shown.code, shown.err) == (0, "")
    golden = TESTS / "codegen" / "golden" / "conformance_2x"
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    for name in ("__init__.py", "_client.py", "_async_client.py"):
        written[name] = written[name].replace("`conformance`", "`conformance_2x`")
    written["_connect.py"] = written["_connect.py"].replace('"conformance"', '"conformance-2x"')
    assert written == {path.name: path.read_text() for path in golden.glob("*.py")}


def test_sql_as_it_was_recorded(run: Run, modern: str) -> None:
    query = "SELECT name, level FROM item WHERE level > 2"
    assert run("sql", "--server", modern, "conformance", query).lines == ["name\tlevel", "i3\t3", "i4\t4"]
    shown = run("sql", "--server", modern, "conformance", query, "--json")
    assert shown.lines == ['{"name":"i3","level":3}', '{"name":"i4","level":4}']
    shown = run("sql", "--server", modern, "conformance", "SELEKT")
    assert (shown.code, shown.out) == (1, "")
    assert "the server refused the query: sql parser error: Expected an SQL statement" in shown.err


def test_logs_as_they_were_recorded(run: Run, run_on_terminal: Callable[..., list[str]], modern: str) -> None:
    command = ("logs", "--server", modern, "conformance")
    assert json.loads(run(*command, "-n", "1").out)["function"] == "write_note"
    (line,) = run_on_terminal(*command, "-n", "1")
    assert line == "2026-11-23 05:16:54.546943Z ERROR write_note: invalid arguments (__spacetimedb__)"
    shown = run(*command)
    assert (shown.code, shown.out) == (1, "")
    assert "only the owner of conformance may read its logs" in shown.err
