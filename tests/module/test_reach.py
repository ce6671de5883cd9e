"""Which rows lie in which circles: what comparing each with each finds."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.module import within_reach


@dataclass(frozen=True)
class Place:
    x: float
    y: float


@dataclass(frozen=True)
class Thing:
    number: int
    position: Any


# Whole numbers and halves: many things stand at the same place, in one line, or right on an edge.
NEAR = st.integers(-8, 8).map(lambda number: number / 2)
FAR = st.floats(-1e6, 1e6, width=32)
PLACES = st.builds(Place, NEAR | FAR, NEAR | FAR)
CIRCLES = st.tuples(
    NEAR | FAR, NEAR | FAR, st.integers(0, 8).map(lambda number: number / 2) | st.floats(0, 1e6)
)


def things(places: list[Place]) -> list[Thing]:
    return [Thing(number, place) for number, place in enumerate(places)]


@given(st.lists(PLACES, max_size=30), st.lists(CIRCLES, max_size=8))
def test_the_things_in_a_circle_are_those_no_farther_than_its_radius_in_their_order(
    places: list[Place], circles: list[tuple[float, float, float]]
) -> None:
    rows = things(places)
    expected = [
        [
            row
            for row in rows
            if (row.position.x - x) * (row.position.x - x) + (row.position.y - y) * (row.position.y - y)
            <= radius * radius
            and x - radius <= row.position.x <= x + radius
        ]
        for x, y, radius in circles
    ]
    assert within_reach(rows, circles) == expected


def test_rows_and_circles_may_be_any_iterables_and_the_place_any_attribute() -> None:
    @dataclass
    class Tree:
        root: Place

    trees = (Tree(Place(x, 0)) for x in range(5))
    (found,) = within_reach(trees, iter([(3, 0, 1)]), at="root")
    assert [tree.root.x for tree in found] == [2, 3, 4]


@pytest.mark.parametrize("broken", [Place(nan, 0.0), Place(0.0, nan), Place(nan, nan), Place(inf, 0.0)])
def test_what_is_nowhere_lies_in_no_circle_and_hides_nothing(broken: Place) -> None:
    rows = things([Place(4.0, 0.0), broken, Place(-4.0, 0.0), Place(0.0, 0.0), broken, Place(9.0, 0.0)])
    found = within_reach(rows, [(0.0, 0.0, 5.0), (nan, 0.0, 1.0), (0.0, 0.0, -1.0)])
    assert [[row.number for row in inside] for inside in found] == [[0, 2, 3], [], []]


def test_a_circle_and_a_place_have_numbers() -> None:
    with pytest.raises(ValueError, match="3"):
        within_reach([], [(1.0, 2.0)])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        within_reach(things([Place("1", 2.0)]), [(1.0, 2.0, 3.0)])  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="position"):
        within_reach([Place(1.0, 2.0)], [(1.0, 2.0, 3.0)])
