"""Flee, hunt, graze: decisions from a sight alone."""

from __future__ import annotations

from math import hypot
from random import Random

import pytest

from game.bots.brain import decide
from game.bots.personality import Personality, seeded_name, seeded_personality
from game.match.intent import Intent
from game.match.observation import Blob, Observation

CALM = Personality(caution=60.0, greed=120.0, daring=1.0, heading=0.0)


def observation(
    *me: tuple[float, float, int],
    others: tuple[tuple[float, float, int], ...] = (),
    food: tuple[tuple[float, float, int], ...] = (),
) -> Observation:
    def blobs(first: int, values: tuple[tuple[float, float, int], ...]) -> tuple[Blob, ...]:
        return tuple(Blob(first + number, *value) for number, value in enumerate(values))

    return Observation(blobs(1, me), blobs(100, others), blobs(1000, food), 1000.0)


def test_the_dead_want_to_live() -> None:
    assert decide(observation(), CALM) == Intent(respawn=True)


def test_a_heavier_circle_is_fled_from_at_full_speed() -> None:
    x, y = decide(
        observation((500, 500, 50), others=((540, 500, 100),), food=((501, 500, 3),)), CALM
    ).direction
    assert (x, y) == pytest.approx((-1.0, 0.0))


@pytest.mark.parametrize(
    "place", [(15.0, 500.0), (985.0, 500.0), (500.0, 15.0), (500.0, 985.0), (15.0, 15.0)]
)
def test_flight_does_not_run_into_the_wall(place: tuple[float, float]) -> None:
    x, y = place
    towards_middle = (x + (500 - x) * 0.05, y + (500 - y) * 0.05)
    intent = decide(observation((x, y, 50), others=((*towards_middle, 200),)), CALM)
    assert hypot(*intent.direction) == pytest.approx(1.0)
    next_x, next_y = x + 16 * intent.direction[0], y + 16 * intent.direction[1]
    assert 0 < next_x < 1000
    assert 0 < next_y < 1000


def test_an_equal_is_neither_fled_from_nor_hunted() -> None:
    assert (
        decide(observation((500, 500, 50), others=((520, 500, 50),), food=((500, 520, 2),)), CALM).direction[
            0
        ]
        == 0.0
    )


def test_a_lighter_circle_is_hunted_before_food() -> None:
    intent = decide(observation((500, 500, 50), others=((500, 560, 20),), food=((510, 500, 3),)), CALM)
    assert intent.direction == pytest.approx((0.0, 1.0))
    assert not intent.split


def test_prey_close_by_is_worth_a_split_for_the_daring() -> None:
    close = observation((500, 500, 200), others=((520, 500, 20),))
    assert decide(close, CALM).split
    assert not decide(close, Personality(daring=0.1)).split


def test_the_nearest_food_is_reached_without_running_past_it() -> None:
    x, y = decide(observation((500, 500, 15), food=((515, 500, 2), (500, 600, 3))), CALM).direction
    assert y == 0.0
    assert x * 10.0 * 3 == pytest.approx(15.0)


def test_who_sees_nothing_wanders_and_turns_back_at_the_edge() -> None:
    assert decide(observation((500, 500, 15)), CALM).direction == pytest.approx((1.0, 0.0))
    assert decide(observation((980, 500, 15)), CALM).direction == pytest.approx((-1.0, 0.0))


def test_a_direction_is_never_longer_than_full_speed() -> None:
    random = Random(5)

    def place() -> tuple[float, float, int]:
        return random.uniform(4, 996), random.uniform(4, 996), random.randint(2, 300)

    for _ in range(500):
        seen = observation(
            *(place() for _ in range(random.randint(1, 4))),
            others=tuple(place() for _ in range(random.randint(0, 5))),
            food=tuple(place() for _ in range(random.randint(0, 20))),
        )
        assert hypot(*decide(seen, seeded_personality(random)).direction) <= 1.0 + 1e-9


def test_the_same_sight_and_temper_give_the_same_intent() -> None:
    seen = observation((500, 500, 60), others=((520, 480, 30), (400, 480, 90)), food=((515, 500, 2),))
    assert decide(seen, CALM) == decide(seen, CALM)


def test_names_and_tempers_follow_the_seed() -> None:
    def drawn(seed: int) -> tuple[str, Personality]:
        random = Random(seed)
        return seeded_name(random), seeded_personality(random)

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
