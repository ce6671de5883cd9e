"""Flee, hunt, strike, bait, graze: decisions from looks, and what is remembered between them."""

from __future__ import annotations

from dataclasses import replace
from math import hypot
from random import Random

import pytest

from game.bots.mind import Mind
from game.bots.personality import SKILLS, Personality
from game.bots.temper import drawn_personality, tempers
from game.match.intent import Intent
from game.match.observation import Blob, Observation, full_speed
from game.match.settings import DIFFICULTIES

NORMAL = SKILLS["normal"]
FORAGER = Personality(temper="forager", caution=60.0, greed=25.0, daring=0.1)
HUNTER = Personality(temper="hunter", caution=30.0, greed=200.0, daring=1.0)
TRICKSTER = Personality(temper="trickster", caution=30.0, greed=150.0, daring=1.0, heading=1.0)
Circles = tuple[tuple[float, ...], ...]


def observation(
    *me: tuple[float, float, int], others: Circles = (), food: Circles = (), now: float = 100.0
) -> Observation:
    """What is in sight: others may have a velocity."""

    def blobs(first: int, values: Circles) -> tuple[Blob, ...]:
        found = []
        for number, (x, y, mass, *velocity) in enumerate(values):
            vx, vy = velocity or (0.0, 0.0)
            found.append(Blob(first + number, x, y, int(mass), vx, vy))
        return tuple(found)

    return Observation(blobs(1, me), blobs(100, others), blobs(1000, food), 1000.0, now)


def test_the_dead_want_to_live() -> None:
    assert Mind(FORAGER)(observation()) == Intent(respawn=True)


@pytest.mark.parametrize("temper", sorted(tempers()))
def test_a_heavier_circle_is_fled_from(temper: str) -> None:
    mind = Mind(replace(FORAGER, temper=temper))
    x, y = mind(observation((500, 500, 50), others=((540, 500, 100),), food=((501, 500, 3),))).direction
    assert (x, y) == pytest.approx((-NORMAL.flight, 0.0))


@pytest.mark.parametrize(
    "place", [(15.0, 500.0), (985.0, 500.0), (500.0, 15.0), (500.0, 985.0), (15.0, 15.0), (985.0, 985.0)]
)
def test_flight_does_not_end_at_a_wall_or_in_a_corner(place: tuple[float, float]) -> None:
    x, y = place
    threat = (x + (500 - x) * 0.08, y + (500 - y) * 0.08)
    mind = Mind(FORAGER)
    moved = 0.0
    for step in range(10):
        dx, dy = mind(observation((x, y, 50), others=((*threat, 200),), now=100.0 + step)).direction
        before = x, y
        radius = 50**0.5
        x = min(max(x + dx * full_speed(50) * 3, radius), 1000 - radius)
        y = min(max(y + dy * full_speed(50) * 3, radius), 1000 - radius)
        moved += hypot(x - before[0], y - before[1])
    # It goes on along the wall, and comes away from the threat.
    assert moved > 100
    assert hypot(x - threat[0], y - threat[1]) - 200**0.5 > 60


def test_an_equal_is_neither_fled_from_nor_hunted() -> None:
    for personality in (FORAGER, HUNTER, TRICKSTER):
        intent = Mind(personality)(
            observation((500, 500, 50), others=((520, 500, 50),), food=((500, 520, 2),))
        )
        assert intent.direction[0] == pytest.approx(0.0)
        assert intent.direction[1] > 0.0


def test_hunters_hunt_and_foragers_graze() -> None:
    seen = observation((500, 500, 50), others=((500, 580, 41),), food=((510, 500, 3),))
    assert Mind(HUNTER)(seen).direction == pytest.approx((0.0, NORMAL.pace))
    assert Mind(FORAGER)(seen).direction[0] > 0.0


def test_prey_is_met_where_it_goes() -> None:
    seen = observation((500, 500, 50), others=((500, 580, 41, 5.0, 0.0),))
    x, y = Mind(HUNTER)(seen).direction
    assert x > 0.2
    assert y > 0.2


def test_prey_beside_a_heavier_circle_is_left_alone() -> None:
    guarded = observation((500, 500, 50), others=((500, 600, 41), (500, 640, 300)), food=((500, 470, 2),))
    assert Mind(HUNTER)(guarded).direction[1] < 0.0


def test_a_chase_that_gains_nothing_is_given_up() -> None:
    mind = Mind(HUNTER)
    first = mind(observation((500, 500, 50), others=((560, 500, 41),), food=((500, 520, 3),), now=0.0))
    assert first.direction == pytest.approx((NORMAL.pace, 0.0))
    # Both move on: it stays as far away as it was.
    for step in range(1, 40):
        now, x = step * 0.15, 500.0 + step * 15
        away = observation((x, 500, 50), others=((x + 60, 500, 41),), food=((x, 520, 3),), now=now)
        if mind(away).direction[1] > 0.1:
            break
    assert 2.0 < now < 4.0
    # And it is not chased again at once.
    assert mind(replace(away, now=now + 1.0)).direction[1] > 0.1


def test_food_that_a_large_circle_cannot_reach_is_left() -> None:
    # The centre of a circle of 900 is 30 away from each wall: what lies in the corner is 38 from there.
    corner = observation((60, 60, 900), food=((3, 3, 3), (120, 60, 2)))
    big = replace(FORAGER, largest=5000.0)
    assert Mind(big)(corner).direction[0] > 0.0


def test_who_stands_goes_elsewhere() -> None:
    mind = Mind(FORAGER)
    # A world that does not let it get where it wants.
    wanted = [
        mind(observation((500, 500, 60), food=((540, 500, 3),), now=step * 0.15)).direction
        for step in range(40)
    ]
    assert wanted[0] == pytest.approx((NORMAL.pace, 0.0), abs=0.2)
    assert any(hypot(x - wanted[0][0], y - wanted[0][1]) > 0.2 for x, y in wanted)
    assert all(hypot(x, y) > 0.2 for x, y in wanted)


def test_prey_close_by_is_worth_a_split_for_the_daring_where_bots_split() -> None:
    seen = observation((500, 500, 200), others=((520, 500, 70),))
    assert Mind(HUNTER)(seen).split
    assert Mind(TRICKSTER)(seen).split
    assert not Mind(replace(HUNTER, daring=0.1))(seen).split
    assert not Mind(replace(HUNTER, skill=SKILLS["calm"]))(seen).split


def test_no_bot_splits_before_a_circle_that_could_eat_the_halves() -> None:
    seen = observation((500, 500, 200), others=((520, 500, 70), (560, 500, 190)))
    assert not Mind(HUNTER)(seen).split


def test_a_throw_reaches_further_and_is_feared_from_further() -> None:
    seen = observation((500, 500, 200), others=((560, 500, 70),))
    assert not Mind(HUNTER)(seen).split
    assert Mind(HUNTER)(replace(seen, throws=True)).split
    fleeing = replace(seen, others=(Blob(9, 560.0, 500.0, 70, 8.0, 0.0),), throws=True)
    assert not Mind(HUNTER)(fleeing).split
    danger = observation((500, 500, 50), others=((560, 500, 400),), food=((510, 500, 3),))
    bold = replace(HUNTER, caution=20.0, skill=SKILLS["hard"])
    assert Mind(bold)(replace(danger, others=(Blob(9, 565.0, 500.0, 300),), throws=True)).direction[0] < 0.0


def test_a_trickster_throws_mass_before_prey_where_the_rules_let_it() -> None:
    seen = observation((500, 500, 200), others=((590, 500, 70),), food=((500, 520, 3),))
    mind = Mind(TRICKSTER)
    arcade = replace(seen, throws=True, eject_from=35)
    intent = mind(arcade)
    assert (intent.eject, intent.direction) == (True, (1.0, 0.0))
    assert not mind(replace(arcade, now=seen.now + 1.0)).eject
    moved = observation((500, 530, 200), others=((590, 530, 70),), now=seen.now + 7.0)
    assert mind(replace(moved, throws=True, eject_from=35)).eject
    assert not Mind(TRICKSTER)(seen).eject
    assert not Mind(HUNTER)(arcade).eject


def test_the_protected_are_neither_feared_nor_hunted() -> None:
    small = replace(
        observation((500, 500, 50), food=((500, 470, 2),)), others=(Blob(9, 530.0, 500.0, 41, player_id=7),)
    )
    assert Mind(HUNTER)(small).direction[0] > 0.0
    assert Mind(HUNTER)(replace(small, protected=frozenset({7}))).direction[0] <= 0.01
    large = replace(small, others=(Blob(9, 500.0, 460.0, 200, player_id=7),))
    assert Mind(HUNTER)(large).direction[1] > 0.0
    assert Mind(HUNTER)(replace(large, protected=frozenset({7}))).direction[1] < 0.0


def test_a_trickster_dances_before_who_could_eat_it() -> None:
    mind = Mind(TRICKSTER)
    own, threat = (500.0, 500.0), (600.0, 500.0)
    gaps = []
    for step in range(30):
        x, y = mind(observation((*own, 40), others=((*threat, 400),), now=step * 0.15)).direction
        own = own[0] + x * full_speed(40) * 3, own[1] + y * full_speed(40) * 3
        gaps.append(hypot(own[0] - threat[0], own[1] - threat[1]) - 400**0.5)
    assert min(gaps) > 20
    assert max(gaps) < 110
    assert hypot(own[0] - 500, own[1] - 500) > 40


def test_a_newcomer_is_left_alone_and_not_run_over() -> None:
    mind = Mind(replace(HUNTER, skill=replace(NORMAL, grace=10.0, appetite=0.0)))
    x = y = 0.0
    own = (500.0, 500.0)
    nearest = 1e9
    for step in range(40):
        # Food in a row, and the newcomer rests upon it.
        seen = observation(
            (*own, 100), others=((600, 500, 15),), food=((590, 500, 3), (620, 500, 3)), now=step * 0.15
        )
        x, y = mind(seen).direction
        own = own[0] + x * full_speed(100) * 3, own[1] + y * full_speed(100) * 3
        nearest = min(nearest, hypot(own[0] - 600, own[1] - 500))
    assert nearest > 10.0
    later = Mind(replace(HUNTER, skill=replace(NORMAL, grace=0.0, appetite=0.0)))
    assert later(observation((500, 500, 100), others=((600, 500, 15),))).direction == pytest.approx(
        (NORMAL.pace, 0.0)
    )


def test_too_large_a_bot_begins_again_where_no_player_sees_it() -> None:
    mind = Mind(replace(FORAGER, largest=400.0))
    assert mind(observation((500, 500, 390))).suicide is False
    assert mind(observation((500, 500, 410))).suicide
    watched = ((600.0, 500.0, 20),)
    assert not mind(observation((500, 500, 410), others=watched)).suicide
    assert mind(observation((500, 500, 600), others=watched)).suicide


def test_near_a_wall_it_turns_inwards() -> None:
    assert Mind(FORAGER)(observation((985, 500, 100))).direction[0] < 0.0
    assert Mind(FORAGER)(observation((500, 12, 100))).direction[1] > 0.0


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_a_direction_is_never_longer_than_full_speed(difficulty: str) -> None:
    random = Random(5)

    def place() -> tuple[float, float, int]:
        return random.uniform(4, 996), random.uniform(4, 996), random.randint(2, 300)

    for step in range(200):
        seen = observation(
            *sorted((place() for _ in range(random.randint(1, 4))), key=lambda each: -each[2]),
            others=tuple(place() for _ in range(random.randint(0, 5))),
            food=tuple(place() for _ in range(random.randint(0, 20))),
            now=float(step),
        )
        assert hypot(*Mind(drawn_personality(random, difficulty))(seen).direction) <= 1.0 + 1e-9


def test_the_same_looks_and_personality_give_the_same_intents() -> None:
    seen = observation((500, 500, 60), others=((520, 480, 30), (400, 480, 90)), food=((515, 500, 2),))
    assert [Mind(TRICKSTER)(seen)] * 2 == [Mind(TRICKSTER)(seen) for _ in range(2)]


def test_who_sees_nothing_goes_on_from_place_to_place() -> None:
    mind = Mind(FORAGER)
    own = (500.0, 500.0)
    for step in range(100):
        x, y = mind(observation((*own, 60), now=step * 0.15)).direction
        own = own[0] + x * full_speed(60) * 3, own[1] + y * full_speed(60) * 3
        assert hypot(x, y) > 0.4
    assert 100 < own[0] < 900
    assert 100 < own[1] < 900
