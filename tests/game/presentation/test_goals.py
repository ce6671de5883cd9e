"""Goals: each is reached by what it says, once, and not by a world in which nobody else is."""

from __future__ import annotations

import pytest

from game.match.life import Life
from game.match.world import World
from game.presentation.goals import GOALS, goal_line, next_goal, reached_goals
from tests.game.world_rows import WorldRows


@pytest.fixture
def rows() -> WorldRows:
    """A world in which the player has a circle of 70, and five others have smaller ones."""
    rows = WorldRows(World())
    rows.player(1, "Me", own=True)
    rows.circle(1, 500, 500, 70)
    for number in range(2, 7):
        rows.player(number, f"Bot {number}")
        rows.circle(number, 100 * number, 100, 20)
    rows.settle()
    return rows


def life_of(rows: WorldRows) -> Life:
    life = rows.world.life
    assert life is not None
    return life


def names(rows: WorldRows, *reached: str, now: float = 0.0, difficulty: str | None = None) -> list[str]:
    return [goal.name for goal in reached_goals(rows.world, reached, now=now, difficulty=difficulty)]


def test_a_life_that_has_begun_has_reached_nothing(rows: WorldRows) -> None:
    assert names(rows) == []
    assert [goal.name for goal in reached_goals(World(), (), now=9999.0)] == []


@pytest.mark.parametrize(
    ("food", "mass", "eaten", "seconds", "goals"),
    [
        (19, 99, 0, 299.0, []),
        (20, 70, 0, 0.0, ["food-20"]),
        (0, 100, 0, 0.0, ["mass-100"]),
        (0, 1000, 0, 0.0, ["mass-100", "mass-300", "mass-600", "mass-1000"]),
        (0, 70, 1, 0.0, ["eat-1"]),
        (0, 70, 10, 0.0, ["eat-1", "eat-3", "eat-10"]),
        (0, 70, 0, 300.0, ["live-5"]),
        (0, 70, 0, 900.0, ["live-5", "live-15"]),
    ],
)
def test_what_a_life_amounts_to(
    rows: WorldRows, food: int, mass: int, eaten: int, seconds: float, goals: list[str]
) -> None:
    life = life_of(rows)
    life.food_eaten, life.peak_mass, life.eaten = food, mass, [*range(eaten)]
    assert names(rows, now=life.began + seconds) == goals


@pytest.mark.parametrize(
    ("rank", "difficulty", "goals"),
    [
        (4, None, []),
        (3, "hard", ["rank-3"]),
        (1, None, ["rank-3", "crown"]),
        (1, "calm", ["rank-3", "crown"]),
        (1, "normal", ["rank-3", "crown", "crown-normal"]),
        (1, "hard", ["rank-3", "crown", "crown-normal", "crown-hard"]),
    ],
)
def test_a_rank_counts_by_how_strong_the_others_are(
    rows: WorldRows, rank: int, difficulty: str | None, goals: list[str]
) -> None:
    life_of(rows).rank = rank
    assert names(rows, difficulty=difficulty) == goals


def test_a_rank_among_few_or_small_ones_is_worth_nothing(rows: WorldRows) -> None:
    life_of(rows).rank = 1
    (own,) = rows.world.own
    rows.move(own, 500, 500, mass=59)
    rows.settle()
    assert names(rows) == []
    rows.move(own, 500, 500, mass=60)
    rows.settle()
    assert names(rows) == ["rank-3", "crown"]
    rows.remove(next(key for key in rows.circles if key != own))
    rows.settle()
    assert names(rows) == []


def test_what_was_reached_is_reached_once_and_the_next_one_is_said(rows: WorldRows) -> None:
    life_of(rows).food_eaten = 20
    assert names(rows, "food-20") == []
    first, second = GOALS[:2]
    assert next_goal(()) is first
    assert goal_line(()) == "Next goal: Eat twenty lights in one life"
    assert next_goal((first.name, "of-a-later-version")) is second
    assert goal_line([goal.name for goal in GOALS]) == ""


def test_no_two_goals_are_kept_under_one_name() -> None:
    assert len({goal.name for goal in GOALS}) == len(GOALS)
