"""Bots in several processes, from the command line."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import Start


def test_processes_share_the_bots_and_tell_of_one_swarm(start: Start, world: str, tmp_path: Path) -> None:
    path = tmp_path / "bots.json"
    program = start(
        "bots", "--server", world, "--count", "5", "--processes", "2", "--rate", "10", "--seed", "4", "--report", str(path)
    )  # fmt: skip
    program.line("", containing="5 bots")
    program.process.send_signal(signal.SIGINT)
    assert program.end() == 0, program.errors
    report = json.loads(path.read_text())
    assert (report["count"], report["failed"], report["reducer_errors"]) == (5, 0, 0)
    assert len({bot["name"] for bot in report["bots"]}) > 1
    assert any(second["playing"] == 5 for second in report["each_second"])
    assert sum(second["answers"] for second in report["each_second"]) > 0


def test_a_process_that_fails_is_told_in_one_sentence(start: Start, silent_port: int) -> None:
    program = start("bots", "--server", f"127.0.0.1:{silent_port}", "--count", "4", "--processes", "2")
    assert program.end() == 3
    assert len(program.errors) == 1
    assert "nothing listens there" in program.errors[0]


def test_loops_exclude_each_other(start: Start) -> None:
    program = start("bots", "--rate", "5", "--in-turn")
    assert program.end() == 2
    assert "not allowed with" in program.errors[0]
