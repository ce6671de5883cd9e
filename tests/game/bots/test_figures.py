"""The seconds of a swarm: counted, merged, and held to what a load asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from game.bots.figures import CallFigures, Second, merged, percentile
from game.bots.swarm import SwarmSettings, run_swarm
from tests.plugins.waiting import PATIENCE


def seconds_until(settings: SwarmSettings, holds: Callable[[Second], bool]) -> list[Second]:
    """What bots did in each second, to the first two for which `holds` is true: those in which they come in are not."""
    told: list[Second] = []

    async def run() -> None:
        stop = asyncio.Event()

        def note(second: Second) -> None:
            told.append(second)
            if sum(map(holds, told)) == 2:
                stop.set()

        await run_swarm(settings, stop, note)

    asyncio.run(run())
    assert sum(map(holds, told)) == 2, told
    return told


def test_a_second_holds_what_happened_in_it() -> None:
    figures = CallFigures()
    for milliseconds in (1.0, 2.0, 3.0, 50.0):
        figures.called()
        figures.answered(milliseconds, failed=milliseconds == 50.0)
    figures.called()
    first = figures.second([("Nova", 20), ("Io", 0), ("Ceres", 45)])
    assert (first.number, first.playing, first.mass) == (1, 2, 65)
    assert (first.calls, first.answers, first.errors) == (5, 4, 1)
    assert first.leaders == (("Ceres", 45), ("Nova", 20))
    assert first.to_json()["latency_ms_p50"] == 3.0
    assert first.to_json()["latency_ms_p99"] == 50.0
    second = figures.second([])
    assert (second.number, second.calls, second.latencies) == (2, 0, ())
    assert second.to_json()["latency_ms_p50"] is None


def test_seconds_of_several_processes_are_one() -> None:
    one, other = CallFigures(), CallFigures()
    one.called()
    one.answered(1.0, failed=False)
    other.answered(9.0, failed=True)
    both = merged([one.second([("Nova", 20)]), other.second([("Ceres", 45)])])
    assert (both.calls, both.answers, both.errors, both.mass) == (1, 2, 1, 65)
    assert both.leaders == (("Ceres", 45), ("Nova", 20))
    assert percentile(both.latencies, 0.99) == 9.0


def test_an_open_loop_keeps_its_rate(server: str) -> None:
    told = seconds_until(
        SwarmSettings(server=server, database="blackholio", count=4, seed=2, seconds=PATIENCE, rate=25.0),
        # Of their own accord they would call a fifth as often.
        lambda second: second.calls >= 60 and second.answers > 0,
    )
    for second in told:
        assert second.errors == 0
        assert len(second.latencies) == second.answers


def test_a_closed_loop_waits_for_each_answer(server: str) -> None:
    told = seconds_until(
        SwarmSettings(server=server, database="blackholio", count=2, seed=2, seconds=PATIENCE, in_turn=True),
        lambda second: second.calls > 0 and second.answers > 0,
    )
    for second in told:
        # Each of the two waits for one steering call, and at times for another (a split, an entering).
        assert abs(second.calls - second.answers) <= 4


def test_no_seconds_are_none() -> None:
    with pytest.raises(ValueError, match="empty"):
        merged([])
