"""The raw clients of the server's benchmark count what has happened, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks import server as server_benchmark
from benchmarks.machine import Machine
from benchmarks.peers.load import lateness
from benchmarks.server import Case, answered_by
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import Item, Note, module
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE, until

# Long enough for an answer on most machines.
SECONDS = 1.0


def load(server: Server, what: str, **options: Any) -> dict[str, float]:
    arguments = [f"--{name}={value}" for name, value in options.items()]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers.load", what, server.url, server.name, *arguments],
        capture_output=True,
        cwd=ROOT,
        text=True,
        check=True,
        timeout=2 * PATIENCE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def counted(server: Server, what: str, figure: str, count: int) -> float:
    """How many of them there were in a second, as often as it takes: a busy machine may stand still for one."""
    found = 0.0

    def is_loaded() -> bool:
        nonlocal found
        found = load(server, what, count=count, seconds=SECONDS)[figure] * SECONDS
        return found > 0

    until(is_loaded)
    return found


@pytest.mark.parametrize(("compatibility", "kind"), [("1.2", "embedded 1.x"), (None, "embedded 2.x")])
def test_the_table_says_what_kind_of_server_answered(compatibility: Any, kind: str) -> None:
    with Server(module, database="conformance", compatibility=compatibility) as server:
        assert answered_by(server.url) == kind


def test_answers_are_those_of_calls_that_ran() -> None:
    with Server(module, database="conformance") as server:
        written = counted(server, "writes", "calls", count=2)
        assert len(server.run(lambda database: database.rows(Note))) >= written
        told = counted(server, "fan-out", "rows", count=3)
        moved = server.run(lambda database: database.rows(Item))
        # Each call moves every item by 1, and every subscriber is told of each.
        assert moved[0].position.x * len(moved) * 3 >= told
        assert load(server, "fill", count=2_500)["calls"] == 3
        assert len(server.run(lambda database: database.rows(Item))) == len(moved) + 2_500


def test_the_tables_lines_have_figures() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.server", "--seconds", str(SECONDS), "latency"],
        capture_output=True,
        cwd=ROOT,
        text=True,
        check=True,
        timeout=2 * PATIENCE,
    )
    latency, meanwhile = (line for line in done.stdout.splitlines() if line)
    assert latency.startswith("call to answer at half load, p99")
    assert float(latency.split()[-1].replace(",", "")) > 0
    assert "busy meanwhile" in meanwhile


@pytest.mark.parametrize("is_calm", [True, False])
@pytest.mark.parametrize("goal", [2.0, 3.0])
def test_a_goal_that_is_missed_on_a_calm_machine_is_a_failure(
    goal: float, is_calm: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server_benchmark, "CASES", {"one": Case("one", "MB", lambda *_: 3.0, goal=goal)})
    monkeypatch.setattr(Machine, "verdict", lambda self: (is_calm, ""))
    monkeypatch.setattr(sys, "argv", ["server", "one"])
    is_missed = goal < 3.0
    assert server_benchmark.main() == int(is_missed and is_calm)
    assert ("MISSED" in capsys.readouterr().out) == is_missed


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ([0, 2, 0, 5], [0, 0, 2, 5]),
        # The first one may be late itself.
        ([30, 1, 1, 40], [0, 0, 29, 39]),
        # Whoever is more than half a turn late is not early for the next one.
        ([0, 45, 0, 0], [0, 0, 0, 45]),
    ],
)
def test_lateness_is_counted_from_the_turn(late: list[int], expected: list[int]) -> None:
    assert lateness([1_000 + 50 * turn + late for turn, late in enumerate(late)], 50) == expected


def test_turns_that_were_over_are_left_out_and_the_one_before_them_was_late() -> None:
    # Due at 0, 50, 100; the second ran at 170, so that the next one was due at 200.
    assert lateness([0, 170, 200, 250], 50) == [0, 0, 0, 120]
