"""What goes wrong is told in one sentence, with an exit code, in good time."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spacetimedb_sdk.module import Module, Row, column, i32
from spacetimedb_sdk.standalone import Server
from tests.e2e.conftest import Ended
from tests.plugins.waiting import until

if TYPE_CHECKING:
    from tests.e2e.conftest import Program, Run, Start

PLAY = ("play", "--headless", "--seconds", "20")
BOTS = ("bots", "--count", "2", "--seconds", "20")

other = Module("other")


@other.table(public=True)
class Thing(Row):
    thing_id: i32 = column(primary_key=True)


def sentence(ended: Program | Ended, *, code: int = 1) -> str:
    """The one line that the program ended with, which is no traceback; `code` is its exit code."""
    assert (ended.code if isinstance(ended, Ended) else ended.end()) == code, ended.errors
    assert len(ended.errors) == 1, ended.errors
    assert ended.errors[0].startswith("run_game.py: ")
    return ended.errors[0]


@pytest.mark.parametrize("command", [PLAY, BOTS], ids=["play", "bots"])
def test_nothing_listens(start: Start, silent_port: int, command: tuple[str, ...]) -> None:
    address = f"127.0.0.1:{silent_port}"
    assert address in sentence(start(*command, "--server", address), code=3)


@pytest.mark.parametrize("command", [PLAY, BOTS], ids=["play", "bots"])
def test_the_host_does_not_exist(run: Run, command: tuple[str, ...]) -> None:
    assert "no-such-host.invalid" in sentence(run(*command, "--server", "no-such-host.invalid"), code=3)


@pytest.mark.parametrize("command", [PLAY, BOTS], ids=["play", "bots"])
def test_the_database_does_not_exist(run: Run, world: str, command: tuple[str, ...]) -> None:
    assert "nowhere" in sentence(run(*command, "--server", world, "--database", "nowhere"))


@pytest.mark.parametrize("command", [PLAY, BOTS], ids=["play", "bots"])
def test_the_database_is_of_another_module(run: Run, command: tuple[str, ...]) -> None:
    with Server(other, database="other") as server:
        text = sentence(run(*command, "--server", server.host, "--database", "other"))
    assert "this database is no Blackholio world, name another with --database" in text
    assert any(name in text for name in ("config", "entity", "circle", "player", "food"))


@pytest.mark.usefixtures("ends_once_it_plays")
def test_a_stored_token_that_is_refused_is_dropped(run: Run, world: str, tmp_path: Path) -> None:
    tokens = tmp_path / "config" / "profiles" / "default" / "tokens.json"
    tokens.parent.mkdir(parents=True)
    tokens.write_text(json.dumps({f"{world}/blackholio": "eyJhbGciOiJFUzI1NiJ9.e30.bm9ib2R5"}))
    game = run("play", "--headless", "--seconds", "120", "--server", world)
    assert game.code == 0, game.errors
    assert len(game.errors) == 1
    assert "does not take the stored token" in game.errors[0]
    assert "bm9ib2R5" not in tokens.read_text()
    assert len(json.loads(tokens.read_text())) == 1


def test_the_port_is_in_use(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        text = sentence(start("host", "--listen", f"127.0.0.1:{port}"))
    assert str(port) in text


def test_the_server_goes_away_during_the_game(start: Start, tmp_path: Path) -> None:
    host = start("host", "--listen", "127.0.0.1:0")
    address = host.line("hosting blackholio on ").rpartition(" ")[2]
    game = start("play", "--headless", "--server", address)
    bots = start("bots", "--count", "2", "--server", address)
    tokens = tmp_path / "config" / "profiles" / "default" / "tokens.json"
    until(lambda: tokens.exists() or game.process.poll() is not None)
    assert game.process.poll() is None, game.errors
    bots.line("", containing=" 2 bots")
    host.process.terminate()
    assert host.end() == 0
    assert "lost" in sentence(game, code=3)
    # Bots come back by themselves: a minute, as the game does in its window.
    assert bots.process.poll() is None
    bots.process.terminate()
    assert bots.end() in (0, 3)


@pytest.mark.parametrize("option", ["--report", "--screenshot"])
def test_a_file_that_cannot_be_written_is_told_before_the_game(run: Run, tmp_path: Path, option: str) -> None:
    text = sentence(run(*PLAY, option, str(tmp_path / "nowhere" / "file")))
    assert "does not exist, create it first" in text


def test_a_brain_that_does_not_exist(run: Run, world: str) -> None:
    assert "package.module:function" in sentence(run(*BOTS, "--server", world, "--brain", "nonsense"))


@pytest.mark.parametrize("driver", [None, "x11"], ids=["any", "x11"])
@pytest.mark.parametrize("words", [(), ("play", "--bots", "0")], ids=["title", "play"])
def test_no_display(
    start: Start, environment: dict[str, str], driver: str | None, words: tuple[str, ...]
) -> None:
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    if driver is not None:
        environment["SDL_VIDEODRIVER"] = driver
    program = start(*words)
    assert program.end() == 1, program.errors
    # SDL itself may complain before.
    told = [line for line in program.errors if line.startswith("run_game.py: ")]
    assert len(told) == 1, program.errors
    assert "no window can be opened" in told[0]
    assert "--headless" in told[0]
    assert not any(line.startswith("Traceback") for line in program.errors)


def test_a_server_that_accepts_and_says_nothing(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        words = ("play", "--headless", "--seconds", "1", "--server", address, "--report", str(report))
        assert address in sentence(run(*words), code=3)
    # The whole second, unless a busy machine lets the handshake's own time run out first.
    assert json.loads(report.read_text())["seconds"] > 0.0
