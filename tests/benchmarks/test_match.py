"""Matches of bots in lock step: a board that a newcomer enjoys. The short forms; the whole ones take an hour (`--soak`)."""

from __future__ import annotations

import pytest

from benchmarks.match import RULES, Match, beginner_ranks, play, visit
from game.bots.personality import SKILLS
from game.match.intent import Intent
from module_bindings import Player

DIFFICULTIES = tuple(SKILLS)
MINUTES_IN_ALL = 1000.0


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("rules", RULES)
def test_bots_keep_off_the_walls_and_do_not_stand(rules: str, difficulty: str) -> None:
    figures = play(difficulty, rules, minutes=0.2, bots=8, seed=3)
    # Of a world that is grazed evenly, seven to twenty parts of a hundred lie so near to a wall.
    assert figures.wall_share < 0.05
    assert figures.standstill < 4.0
    assert 15 < figures.mass_p50 < figures.mass_max


@pytest.mark.soak
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
@pytest.mark.parametrize("rules", RULES)
def test_a_thousand_minutes(rules: str, difficulty: str) -> None:
    minutes = MINUTES_IN_ALL / len(RULES) / len(DIFFICULTIES)
    figures = play(difficulty, rules, minutes=minutes, bots=None, seed=1)
    assert figures.wall_share < 0.05
    assert figures.standstill < 6.0
    assert figures.mass_max < 2 * SKILLS[difficulty].largest
    assert figures.first_kill is not None


def test_the_same_seed_is_the_same_match() -> None:
    first, second, other = (play("hard", "official", minutes=0.1, bots=6, seed=seed) for seed in (7, 7, 8))
    assert first.masses == second.masses
    assert first.masses != other.masses


def test_bots_begin_again_small() -> None:
    with Match("calm", bots=4, seed=2) as match:
        match.run(90.0, until=lambda: sum(seat.pilot.diary.restarts for seat in match.seats) > 0)
        figures = match.summary()
        assert figures.restarts == 1
        assert figures.mass_max < 1.5 * SKILLS["calm"].largest


def test_names_are_unique_though_a_guest_has_one_of_theirs() -> None:
    with Match("normal", bots=0, seed=2) as match:
        match.join("Nova", lambda sight: Intent(respawn=not sight.me))
        match.run(1.0)
        match.join("Nova", lambda sight: Intent(respawn=not sight.me))
        match.run(1.0)
        assert sorted(player.name for player in Player.iter() if player.name) == ["Nova", "Nova 2"]


@pytest.mark.parametrize("rules", RULES)
def test_a_beginner_is_soon_among_the_first_five_in_calm(rules: str) -> None:
    found = beginner_ranks("calm", rules, runs=1, minutes=3.0, bots=8, seed=1, warm=10.0)
    assert None not in found


@pytest.mark.soak
@pytest.mark.parametrize("rules", RULES)
def test_a_beginner_is_among_the_first_five_within_ten_minutes(rules: str) -> None:
    found = beginner_ranks("calm", rules, runs=10, minutes=10.0, bots=10, seed=1)
    assert sum(seconds is not None for seconds in found) >= 8


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_idle_newcomers_live(difficulty: str) -> None:
    found = visit(difficulty, "arcade", count=4, bots=8, seed=1, warm=6.0, at_once=4)
    assert found.eaten_at_once == 0
    if difficulty != "hard":
        assert found.alive >= 0.75


@pytest.mark.soak
@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_two_hundred_idle_newcomers_live(difficulty: str) -> None:
    found = visit(difficulty, "arcade", count=200, bots=10, seed=1)
    assert found.eaten_at_once == 0
    if difficulty != "hard":
        assert found.alive >= 0.9
