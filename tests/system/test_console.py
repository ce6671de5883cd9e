"""What a terminal, a pipe or a disk does to the output of a program, and what texts of others do to a terminal."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket

from spacetimedb_sdk.errors import SpacetimeDBException
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.system.console import LogFormatter
from spacetimedb_sdk.system.plain_text import encodable, error_text, json_text, log_text, one_line
from tests.conformance.conformance_module import module
from tests.places import ROOT
from tests.plugins.ports import held_port
from tests.plugins.waiting import PATIENCE, until

EVIL = "\x1b]0;title\x07\x1b[31mEVIL\n12:00:00 INFO forged\r\x9b2J\u202egpj\u2028\ud800"
TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJoZXhfaWRlbnRpdHkiOiJjMjAwIn0.c2lnbmF0dXJl"
ALL = (sys.executable, "-m", "spacetimedb_sdk")


def test_no_letter_of_others_acts_on_a_terminal() -> None:
    for text in (one_line(EVIL), log_text(EVIL), json_text(EVIL)):
        assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\n" not in one_line(EVIL)
    assert json.loads(json_text({"name": EVIL})) == {"name": EVIL}
    assert encodable(EVIL).encode()
    assert one_line("日本 é 😀") == "日本 é 😀"


def test_records_begin_at_the_left_and_nothing_else_does() -> None:
    try:
        raise ValueError(EVIL)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed: %s", (EVIL,), sys.exc_info())
    first, *others = LogFormatter().format(record).split("\n")
    assert "ERROR x: failed" in first
    assert len(others) > 3
    assert all(line.startswith("  ") for line in others)


@pytest.mark.parametrize(
    "around", ["{}", "GET /?token={}&x=1 HTTP/1.1", "Bearer {}\n", "\x00{}\xff", "b'{}'", "%22{}%22"]
)
def test_logs_show_no_token(around: str) -> None:
    text = log_text(around.format(TOKEN))
    assert not any(part in text for part in TOKEN.split("."))
    assert "<token>" in text


def test_an_error_whose_text_fails_has_a_text() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise SystemExit(3)

    assert error_text(Mute()) == "<its text could not be made: SystemExit>"
    assert error_text(ValueError("\ud800")) == "\ufffd"


def environment(**more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
        **more,
    }


def shell(line: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", line],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def asked() -> Iterator[str]:
    with Server(module, database="conformance") as server:
        owner = HttpClient(server.url, server.owner_token)
        owner.call("conformance", "write_note", ["日本 \x1b[31mred"])
        yield f"sql conformance 'SELECT text FROM note' --server {server.url}"


@pytest.mark.parametrize(
    "variables",
    [{"PYTHONIOENCODING": "cp1252"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_output_that_is_not_utf_8(asked: str, variables: dict[str, str]) -> None:
    done = shell(f"{' '.join(ALL)} {asked}", **variables)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\u65e5\u672c" in done.stdout
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("redirection", "code", "sentences"),
    [
        ("| head -1", 0, 0),
        ("| true", 0, 0),
        (">&-", 1, 1),
        ("> /dev/full", 1, 1),
        ("2>&-", 0, 0),
        (">&- 2>&-", 1, 0),
    ],
)
def test_output_that_cannot_be_written(asked: str, redirection: str, code: int, sentences: int) -> None:
    for command in (asked, "describe --help"):
        done = shell(f"set -o pipefail; {' '.join(ALL)} {command} {redirection}")
        said = done.stderr.decode().splitlines()
        # argparse forgives what it cannot print.
        assert done.returncode in ((code,) if command == asked else (0, code)), (command, said)
        assert len(said) <= sentences, said
        assert command != asked or not sentences or "the output cannot be written" in said[0]


WORLDS = {
    "start": "-m spacetimedb_sdk start --module game.rules --in-memory --database blackholio --log-level info",
    "host": "run_game.py host --in-memory --database blackholio",
}


@contextmanager
def world(command: str, redirection: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A world that is up, with its output somewhere that does not take it; it must end properly."""
    with held_port() as port:
        address = f"127.0.0.1:{port}"
        line = f"exec {sys.executable} {WORLDS[command]} --listen {address} --data-dir {folder}/data {redirection}"
        process = subprocess.Popen(
            ["bash", "-c", line], cwd=ROOT, env=environment(PYTHONIOENCODING="cp1252"), stderr=subprocess.PIPE
        )
        try:
            until(lambda: answers(address), what="the world answers")
            yield address, process
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=2 * PATIENCE)
            assert (process.returncode, b"Traceback" in said) == (0, False), said.decode()
        finally:
            process.kill()
            process.communicate()


def answers(address: str) -> bool:
    try:
        return HttpClient(address).identity_of("blackholio") is not None
    except SpacetimeDBException:
        return False


def join(address: str, name: str) -> websocket.WebSocket:
    socket = websocket.create_connection(
        f"ws://{address}/v1/database/blackholio/subscribe", subprotocols=["v1.json.spacetimedb"], timeout=30
    )
    call = {"reducer": "enter_game", "args": json.dumps([name]), "request_id": 1, "flags": 0}
    socket.send(json.dumps({"CallReducer": call}))
    while "enter_game" not in socket.recv():
        pass
    return socket


@pytest.mark.parametrize("command", WORLDS)
def test_a_world_says_names_as_its_output_can_hold_them(command: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with world(command, f"> {out}", tmp_path) as (address, process):
        player = join(address, "日本")
        if command == "host":
            until(lambda: rb"\u65e5\u672c" in out.read_bytes(), what="the host says who plays")
        assert process.poll() is None
        player.close()


# Both write by the same means: what a disk and a closed output do to one, they do to the other.
@pytest.mark.parametrize(
    ("command", "redirection"),
    [
        ("start", "> >(head -1 > /dev/null)"),
        ("start", "> >(true)"),
        ("start", ">&-"),
        ("host", "> >(head -1 > /dev/null)"),
        ("host", "> /dev/full"),
        pytest.param("start", "> /dev/full", marks=pytest.mark.soak),
        pytest.param("host", "> >(true)", marks=pytest.mark.soak),
        pytest.param("host", ">&-", marks=pytest.mark.soak),
    ],
)
def test_a_world_goes_on_whatever_its_output_does(command: str, redirection: str, tmp_path: Path) -> None:
    with world(command, redirection, tmp_path) as (address, process):
        join(address, "one").close()
        join(address, "other").close()
        assert process.poll() is None
