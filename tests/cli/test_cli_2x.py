"""What only SpacetimeDB 2 has, against the definition a real 2.8.3 sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spacetimedb_sdk.cli.live_bindings import LiveBindings
from spacetimedb_sdk.sats.schema import read_schema
from spacetimedb_sdk.types import Identity

from .conftest import Run

SCHEMA = (Path(__file__).parent.parent / "codegen" / "data" / "conformance_2x.v10.json").read_text()
PREFIX = "/v1/database/conformance"
ANSWERS = {
    ("GET", f"{PREFIX}/schema?version=10", ""): (200, SCHEMA),
    ("POST", f"{PREFIX}/call/add_numbers", "[-2, 44]"): (200, "42"),
    ("POST", f"{PREFIX}/call/mirror", "[[1, 2.5], [1, []]]"): (200, '[[1,2.5],[3,"none"]]'),
    ("POST", f"{PREFIX}/call/crash_procedure", "[]"): (500, "The instance encountered a fatal error."),
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
    assert (shown.code, "fatal error" in shown.err) == (1, True)


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


def test_bindings_come_from_the_definition_that_tells_most(run: Run, modern: str, tmp_path: Path) -> None:
    shown = run("generate", "--server", modern, "--database", "conformance", "--out", str(tmp_path / "out"))
    assert (shown.code, shown.err) == (0, "")
    golden = Path(__file__).parent.parent / "codegen" / "golden" / "conformance_2x"
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    written["__init__.py"] = written["__init__.py"].replace("`conformance`", "`conformance_2x`")
    assert written == {path.name: path.read_text() for path in golden.glob("*.py")}
