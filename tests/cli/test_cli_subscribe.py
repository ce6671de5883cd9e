"""`subscribe`: what is there, what changes, and the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from spacetimedb_sdk.http import HttpClient
from tests.cli.conftest import Run
from tests.plugins.waiting import PATIENCE


@contextmanager
def following(home: Path, server: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own, which is gone at the end."""
    command = [
        sys.executable,
        "-m",
        "spacetimedb_sdk",
        "subscribe",
        "conformance",
        *arguments,
        "--server",
        server,
    ]
    environment = {**os.environ, "HOME": str(home)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    parsed: dict[str, object] = json.loads(line)
    return parsed


def test_changes_are_followed(home: Path, server: str) -> None:
    http, text = HttpClient(server), uuid4().hex
    http.call("conformance", "add_item", [text, {"Red": []}, 7, [0, 0]])
    query = f"SELECT * FROM item WHERE name = '{text}'"
    with following(home, server, query) as process:
        there = next_line(process)
        assert (there["op"], there["table"]) == ("insert", "item")
        row = there["row"]
        assert isinstance(row, dict)
        assert (row["level"], row["kind"], row["position"]) == (7, {"Red": []}, {"x": 0.0, "y": 0.0})
        http.call("conformance", "move_item", [row["item_id"], {"x": 3, "y": 4}])
        moved = next_line(process)
        assert (moved["op"], moved["old"]) == ("update", row)
        assert moved["row"] == row | {"position": {"x": 3.0, "y": 4.0}}
        http.call("conformance", "remove_item", [row["item_id"]])
        assert next_line(process) == {"op": "delete", "table": "item", "row": moved["row"]}
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_it_ends_after_so_many_lines(run: Run, server: str) -> None:
    HttpClient(server).call("conformance", "add_items", [uuid4().hex, 5])
    shown = run("subscribe", "conformance", "SELECT * FROM item", "-n", "3", "--server", server)
    assert (shown.code, len(shown.lines), shown.err) == (0, 3, "")


def test_it_ends_after_so_many_seconds(run: Run, server: str) -> None:
    query = f"SELECT * FROM note WHERE text = '{uuid4().hex}'"
    shown = run("subscribe", "conformance", query, "--seconds", "0.1", "--server", server)
    assert (shown.code, shown.out) == (0, "")


def test_a_reader_that_leaves_is_no_error(home: Path, server: str) -> None:
    http, text = HttpClient(server), uuid4().hex
    http.call("conformance", "write_note", [text])
    with following(home, server, f"SELECT * FROM note WHERE text = '{text}'") as process:
        next_line(process)
        assert process.stdout is not None
        process.stdout.close()
        for _ in range(2):
            http.call("conformance", "write_note", [text])
        assert process.wait(PATIENCE) == 0


def test_a_refused_query(run: Run, server: str) -> None:
    shown = run("subscribe", "conformance", "SELECT * FROM nowhere", "--server", server)
    assert (shown.code, shown.out) == (1, "")
    assert "subscription refused: " in shown.err
    assert "`nowhere`" in shown.err


def test_a_private_table_is_said_to_be_one(run: Run, server: str) -> None:
    shown = run("subscribe", "conformance", "SELECT * FROM secret", "--server", server)
    assert (shown.code, shown.out) == (1, "")
    assert "(secret is private: give the owner's token with --token)" in shown.err
