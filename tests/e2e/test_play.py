"""A game from server to pixel: what it writes down, and that nothing of it is left behind."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from spacetimedb_sdk.testing import Replay
from tests.e2e.recorded_match import DISTANCE, MASS, until_played
from tests.places import ROOT
from tests.plugins.waiting import until

if TYPE_CHECKING:
    from tests.e2e.conftest import Run, Start

# The tests may have been started by `nohup`: this one is as a shell starts it.
AS_IN_A_TERMINAL = (
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


def test_a_headless_game_with_bots(start: Start, tmp_path: Path) -> None:
    report_path, picture, match = tmp_path / "a.json", tmp_path / "a.png", tmp_path / "a.jsonl"
    program = start(
        "play", "--headless", "--bots", "5", "--seed", "1",
        "--screenshot", str(picture), "--report", str(report_path), "--record", str(match),
    )  # fmt: skip
    until_played(match, program)
    program.process.send_signal(signal.SIGINT)
    assert program.end() == 0, program.errors
    assert program.errors == []
    report: dict[str, Any] = json.loads(report_path.read_text())
    assert report["frames"] > 0
    assert 0.0 < report["frame_ms_p50"] <= report["frame_ms_p99"]
    assert report["rows"]["food"] > 400
    assert report["rows"]["circle"] >= 1  # who has just been eaten has none
    assert report["rows"]["player"] == 6
    assert report["row_updates"] >= 500
    assert report["reducer_calls"] == sum(_is_call(payload) for payload in Replay(match).sent) > 1
    assert report["reducer_errors"] == 0
    assert report["peak_mass"] >= MASS
    assert len(report["bots"]) == 5
    for bot in report["bots"]:
        assert bot["error"] is None
        assert bot["reducer_errors"] == 0
        assert bot["distance"] >= DISTANCE
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size > 10_000
    again = tmp_path / "again.png"
    program = start("replay", str(match), "--headless", "--seconds", "1", "--screenshot", str(again))
    assert program.end() == 0, program.errors
    assert program.errors == []
    assert again.stat().st_size > 10_000


def _is_call(payload: str | bytes) -> bool:
    """Whether a message that was sent is a reducer's call: the fourth kind of the protocol that both sides prefer."""
    assert isinstance(payload, bytes)
    return payload[0] == 3


@pytest.mark.soak
def test_a_headless_game_of_fifteen_seconds_with_ten_bots(start: Start, tmp_path: Path) -> None:
    (tmp_path / "config" / "settings.json").unlink()  # with all the frames that a player has
    report_path, picture, match = tmp_path / "a.json", tmp_path / "a.png", tmp_path / "a.jsonl"
    program = start(
        "play", "--headless", "--bots", "10", "--seed", "1",
        "--screenshot", str(picture), "--report", str(report_path), "--record", str(match),
    )  # fmt: skip
    until_played(match, program, players=11, ticks=300)
    program.process.send_signal(signal.SIGINT)
    assert program.end() == 0, program.errors
    report: dict[str, Any] = json.loads(report_path.read_text())
    assert report["rows"]["food"] > 400
    assert report["rows"]["player"] == 11
    # What fits into a sixtieth of a second is drawn sixty times a second by a machine that has nothing else to do.
    assert report["frame_cpu_ms_p99"] <= 16.0
    assert report["fps"] <= 62.0
    assert report["row_updates"] >= 3000
    assert report["reducer_errors"] == 0
    assert report["peak_mass"] >= MASS
    assert min(bot["distance"] for bot in report["bots"]) >= DISTANCE


@pytest.mark.usefixtures("ends_once_it_plays")
def test_a_player_comes_back_as_the_same_player_of_the_own_server(run: Run, tmp_path: Path) -> None:
    words = ("play", "--headless", "--seconds", "120", "--bots", "0", "--name", "Ann")
    assert run(*words).code == 0
    (tokens,) = (tmp_path / "config").rglob("tokens.json")
    kept = json.loads(tokens.read_text())
    assert len(kept) == 1
    second = run(*words)
    assert second.code == 0
    assert second.errors == []
    assert json.loads(tokens.read_text()) == kept


# Each child takes seconds to start: one of the signals finds bots, too.
@pytest.mark.parametrize(("name", "bots"), [("SIGTERM", 2), ("SIGINT", 0), ("SIGHUP", 0)])
def test_being_asked_to_end_is_a_proper_end(start: Start, tmp_path: Path, name: str, bots: int) -> None:
    report = tmp_path / "report.json"
    program = start(
        "-c", AS_IN_A_TERMINAL, str(ROOT / "run_game.py"), "play", "--headless", "--bots", str(bots),
        "--report", str(report), module=True,
    )  # fmt: skip
    children = _await_children(program.process.pid, 2 if bots else 1)
    _await_token(tmp_path)
    program.process.send_signal(getattr(signal, name))
    assert program.end() == 0, program.errors
    assert program.errors == []
    assert report.exists()
    _await_end(children)


@pytest.mark.parametrize("command", ["host", "bots"])
def test_a_closed_terminal_is_a_proper_end(start: Start, world: str, tmp_path: Path, command: str) -> None:
    report = tmp_path / "report.json"
    words = (
        ("--server", world, "--report", str(report))
        if command == "bots"
        else ("--listen", "127.0.0.1:0", "--in-memory", "--data-dir", str(tmp_path))
    )
    program = start("-c", AS_IN_A_TERMINAL, str(ROOT / "run_game.py"), command, *words, module=True)
    program.line("", containing="10 bots" if command == "bots" else "Ctrl-C")
    program.process.send_signal(signal.SIGHUP)
    assert program.end() == 0, program.errors
    assert program.errors == []
    assert report.exists() == (command == "bots")


def test_what_was_started_to_outlive_its_terminal_does(start: Start) -> None:
    program = start(
        "-c", AS_IN_A_TERMINAL.replace("SIG_DFL", "SIG_IGN"), str(ROOT / "run_game.py"), "host",
        "--listen", "127.0.0.1:0", module=True,
    )  # fmt: skip
    program.line("Ctrl-C")
    program.process.send_signal(signal.SIGHUP)
    program.type("help")
    program.line("quit")
    assert program.process.poll() is None


def test_a_killed_game_leaves_no_process_behind(start: Start, tmp_path: Path) -> None:
    program = start("play", "--headless", "--bots", "2")
    children = _await_children(program.process.pid, 2)
    _await_token(tmp_path)
    program.process.kill()
    program.end()
    _await_end(children)


def _await_token(tmp_path: Path) -> None:
    """Wait until the game has connected."""
    until(lambda: bool(list((tmp_path / "config").rglob("tokens.json"))), what="the game did not connect")


def _await_children(pid: int, count: int) -> set[int]:
    until(lambda: len(_children(pid)) >= count, what=f"fewer than {count} child processes")
    return _children(pid)


def _await_end(pids: set[int]) -> None:
    until(lambda: not _running(pids), what=f"some of {pids} still run")


def _processes() -> dict[int, tuple[int, str]]:
    """Parent and state of every process."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in table.splitlines())
    return {int(pid): (int(parent), state) for pid, parent, state in rows}


def _children(parent: int) -> set[int]:
    return {pid for pid, (its_parent, _) in _processes().items() if its_parent == parent}


def _running(pids: set[int]) -> set[int]:
    return {pid for pid, (_, state) in _processes().items() if pid in pids and not state.startswith("Z")}


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_a_game_that_is_ended_before_its_first_frame_reports(
    start: Start, tmp_path: Path, way: signal.Signals
) -> None:
    report = tmp_path / "report.json"
    program = start("play", "--headless", "--bots", "0", "--report", str(report))
    # Its server is about to start: nothing has been drawn.
    until(lambda: (tmp_path / "config" / "profiles").exists())
    program.process.send_signal(way)
    assert program.end() == 0, program.errors
    assert program.errors == []
    assert json.loads(report.read_text())["frames"] >= 0
