"""Processes that end with this one, and whose last words are quoted."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from game.launcher import child_processes
from game.launcher.child_processes import Child, ServerProcess
from game.launcher.errors import LauncherError

WAIT_FOR_THE_END_OF_INPUT = "import sys; sys.stdin.read(); sys.stderr.write('first\\nbye\\n')"


def test_a_child_ends_when_its_input_closes() -> None:
    with Child("the child", [sys.executable, "-c", WAIT_FOR_THE_END_OF_INPUT]) as child:
        assert child.process.poll() is None
    assert child.process.returncode == 0
    assert child.complaint() == "bye"


def test_closing_twice_is_fine() -> None:
    child = Child("the child", [sys.executable, "-c", WAIT_FOR_THE_END_OF_INPUT])
    child.close()
    child.close()
    assert child.process.returncode == 0


def test_a_silent_child_is_quoted_with_its_exit_code() -> None:
    with Child("the child", [sys.executable, "-c", "raise SystemExit(7)"]) as child:
        child.process.wait()
        assert child.complaint() == "it ended with code 7"


def test_errors_are_passed_on_while_echo_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    with Child("the child", [sys.executable, "-c", WAIT_FOR_THE_END_OF_INPUT]) as child:
        child.echo = True
    child.complaint()
    assert capsys.readouterr().err == "first\nbye\n"


def test_a_child_finds_the_game_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Child(
        "the child", [sys.executable, "-c", "import game.launcher, sys; sys.stderr.write('found')"]
    ) as child:
        child.process.wait()
        assert child.complaint() == "found"


def test_a_server_that_cannot_listen_is_told_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(LauncherError, match=r"the server did not start: .*256\.0\.0\.1"):
        ServerProcess(listen="256.0.0.1:0", database="blackholio", data_dir=tmp_path, seed=1)


def test_a_server_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_processes, "kept_waiting", lambda pid: 0.0)
    # However long this process stands still before it looks, that one is not ready.
    command = [sys.executable, "-c", WAIT_FOR_THE_END_OF_INPUT]
    monkeypatch.setattr(child_processes, "own_command", lambda *words: [*command])
    with pytest.raises(LauncherError, match="was not ready after 0 seconds"):
        ServerProcess(
            listen="127.0.0.1:0", database="blackholio", data_dir=tmp_path, seed=1, ready_seconds=0.0
        )


def test_a_server_that_a_busy_machine_keeps_waiting_has_all_the_time_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    # As if it had no processor to speak of since it was started.
    monkeypatch.setattr(child_processes, "kept_waiting", lambda pid: time.monotonic() - began)
    with ServerProcess(
        listen="127.0.0.1:0", database="blackholio", data_dir=tmp_path, seed=1, ready_seconds=0.1
    ) as server:
        assert server.address.startswith("127.0.0.1:")
