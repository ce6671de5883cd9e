"""Bots on the embedded server, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event

import pytest

from game.bots.figures import Second
from game.bots.personality import SKILLS, Personality
from game.bots.swarm import SwarmResult, SwarmSettings, bot_settings, drawn_bots, run_swarm
from game.match.intent import Intent
from game.match.observation import Observation
from tests.plugins.waiting import PATIENCE


def play(settings: SwarmSettings) -> SwarmResult:
    async def run() -> SwarmResult:
        return await run_swarm(settings, asyncio.Event())

    return asyncio.run(run())


def test_names_and_tempers_follow_the_seed() -> None:
    def drawn(seed: int) -> list[tuple[str, Personality, float]]:
        return list(drawn_bots(5, "normal", seed))

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    assert len({name for name, _, _ in drawn(3)}) == 5


def test_processes_share_the_bots_of_a_seed() -> None:
    def names(count: int, skip: int = 0) -> list[str]:
        settings = SwarmSettings(
            server="127.0.0.1:3000", database="blackholio", count=count, seed=3, skip=skip
        )
        return [each.name for each in bot_settings(settings)]

    assert names(300) + names(200, 300) == names(500)
    assert len(set(names(500))) == 500


def test_bots_think_and_see_as_their_difficulty_lets_them() -> None:
    for difficulty in SKILLS:
        settings = SwarmSettings(
            server="127.0.0.1:3000", database="blackholio", count=9, seed=3, difficulty=difficulty
        )
        for each in bot_settings(settings):
            low, high = SKILLS[difficulty].think
            assert low <= each.think_seconds <= high
            assert each.reach == SKILLS[difficulty].reach


def play_until(settings: SwarmSettings, holds: Callable[[Second], bool]) -> SwarmResult:
    """Until a second is such; without a machine that is quick it takes longer."""

    async def run() -> SwarmResult:
        stop = asyncio.Event()
        return await run_swarm(settings, stop, lambda second: stop.set() if holds(second) else None)

    return asyncio.run(run())


def test_every_bot_moves_and_eats_and_no_call_fails(server: str) -> None:
    grown: set[str] = set()
    answers = 0

    def all_have_eaten(second: Second) -> bool:
        nonlocal answers
        grown.update(name for name, mass in second.leaders if mass >= 25)
        answers += second.answers
        return len(grown) == 5 and answers >= 50

    result = play_until(
        SwarmSettings(server=server, database="blackholio", count=5, seed=1, seconds=300.0), all_have_eaten
    )
    assert len(result.records) == 5
    for record in result.records:
        assert record.error is None
        assert record.reducer_errors == 0
        assert record.reducer_calls >= 2
        assert record.distance > 0.0
        assert record.peak_mass >= 25
    # What a bot ate between two looks far apart is none of what it has seen itself eat.
    assert sum(record.food_eaten for record in result.records) > 0


def test_bots_that_are_held_decide_nothing(server: str) -> None:
    held = Event()
    looks: list[bool] = []
    seconds_held = 0

    def watchful(observation: Observation, personality: Personality) -> Intent:
        looks.append(held.is_set())
        return Intent(respawn=not observation.me)

    def has_gone_on(second: Second) -> bool:
        nonlocal seconds_held
        if held.is_set():
            seconds_held += 1
            assert True not in looks
            if seconds_held == 2:
                held.clear()
                looks.clear()
        elif looks and not seconds_held:
            held.set()
        return seconds_held == 2 and bool(looks)

    settings = SwarmSettings(
        server=server, database="blackholio", count=1, seconds=300.0, brain=watchful, held=held
    )
    play_until(settings, has_gone_on)
    assert looks
    assert True not in looks


def test_a_bot_without_circles_comes_back(server: str) -> None:
    lives: set[int] = set()

    def tired(observation: Observation, personality: Personality) -> Intent:
        lives.update(blob.entity_id for blob in observation.me)
        return Intent(suicide=bool(observation.me), respawn=not observation.me)

    result = play_until(
        SwarmSettings(server=server, database="blackholio", count=1, seconds=300.0, brain=tired),
        lambda second: len(lives) >= 3,
    )
    (record,) = result.records
    assert (record.error, record.reducer_errors) == (None, 0)
    assert record.restarts >= 2
    assert record.deaths == 0


def test_a_brain_that_fails_ends_its_bot_alone(server: str, caplog: pytest.LogCaptureFixture) -> None:
    def broken(observation: Observation, personality: Personality) -> Intent:
        raise ZeroDivisionError("no thought")

    result = play(SwarmSettings(server=server, database="blackholio", count=2, seconds=600.0, brain=broken))
    assert [record.error for record in result.records] == [
        "its brain failed with ZeroDivisionError: no thought"
    ] * 2
    assert result.seconds < 600.0
    assert "no thought" in caplog.text


def test_stopping_ends_bots_that_are_still_joining(server: str) -> None:
    async def run() -> SwarmResult:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, stop.set)
        return await run_swarm(SwarmSettings(server=server, database="blackholio", count=50), stop)

    result = asyncio.run(asyncio.wait_for(run(), PATIENCE))
    assert len(result.records) == 50


def test_an_unknown_database_is_told_by_every_bot(server: str) -> None:
    result = play(SwarmSettings(server=server, database="nowhere", count=2, seconds=600.0))
    assert all(record.error is not None and "nowhere" in record.error for record in result.records)
