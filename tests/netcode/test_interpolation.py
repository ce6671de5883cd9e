"""What is shown depends on time alone, and ends where the server says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from spacetimedb_sdk.netcode import Interpolation

TICK = 0.05


@dataclass(frozen=True)
class Thing:
    """A row with a place; `z` makes it three columns."""

    primary_key: ClassVar[str] = "key"

    key: int
    x: float
    y: float = 0.0


def flat(row: Thing) -> tuple[float, ...]:
    return row.x, row.y


def walked(places: Interpolation[Thing], *, ticks: int, step: float = 10.0) -> Thing:
    row = Thing(1, 0.0)
    for tick in range(1, ticks + 1):
        old, row = row, Thing(1, tick * step, tick * step / 2)
        places.row_updated(old, row)
        places.settle(tick * TICK)
    return row


@pytest.mark.parametrize("columns", [flat, lambda row: (row.x, row.y, row.x)], ids=["two", "three"])
def test_what_moves_is_shown_a_tenth_of_a_second_late(columns: object) -> None:
    places: Interpolation[Thing] = Interpolation(columns)  # type: ignore[arg-type]
    row = walked(places, ticks=20)
    # 100 ms are two ticks of ten units each.
    assert places.at(row, 20 * TICK)[:2] == pytest.approx((180.0, 90.0))
    assert places.at(row, 20 * TICK - 0.025)[:2] == pytest.approx((175.0, 87.5))


def test_what_never_moved_is_where_its_row_says() -> None:
    places = Interpolation(flat)
    assert places.at(Thing(7, 5.0, 6.0), 99.0) == (5.0, 6.0)
    assert not places.has_moved(7)
    assert places.moved_at(7) is None


def test_a_start_after_a_rest_is_no_slow_slide() -> None:
    places = Interpolation(flat)
    row = walked(places, ticks=4)
    moved = Thing(1, row.x + 10.0, row.y)
    places.row_updated(row, moved)
    places.settle(10.0)
    assert places.at(moved, 5.0)[0] == row.x
    assert places.at(moved, 10.0 - TICK + places.delay)[0] == pytest.approx(row.x)
    assert places.at(moved, 10.0 - TICK / 2 + places.delay)[0] == pytest.approx(row.x + 5.0)


def test_a_silence_is_bridged_and_then_the_row_is_believed() -> None:
    places = Interpolation(flat, guess=0.2)
    row = walked(places, ticks=20)
    end = 20 * TICK + places.delay
    assert places.at(row, end + 0.1)[0] == pytest.approx(220.0)
    assert places.at(row, end + 0.2)[0] == pytest.approx(240.0)
    assert places.at(row, end + 0.3)[0] == pytest.approx(220.0)
    for later in (0.4, 1.0, 60.0):
        assert places.at(row, end + later) == pytest.approx((row.x, row.y))


def test_what_stands_while_others_move_is_not_guessed() -> None:
    places = Interpolation(flat)
    row = walked(places, ticks=20)
    places.row_updated(Thing(2, 0.0), Thing(2, 1.0))
    places.settle(21 * TICK)
    assert places.at(row, 21 * TICK + places.delay) == (row.x, row.y)


def test_two_changes_in_one_round_are_two_ticks() -> None:
    places = Interpolation(flat)
    row = walked(places, ticks=20)
    first, second = Thing(1, 210.0, 105.0), Thing(1, 220.0, 110.0)
    places.row_updated(row, first)
    places.row_updated(first, second)
    places.settle(22 * TICK)
    assert places.at(second, 22 * TICK + places.delay - TICK)[0] == pytest.approx(210.0, abs=1.0)


def test_a_new_row_of_an_old_key_has_no_past() -> None:
    places = Interpolation(flat)
    row = walked(places, ticks=20)
    places.row_updated(row, Thing(1, 999.0))
    places.row_deleted(Thing(1, 999.0))
    places.settle(21 * TICK)
    assert places.at(Thing(1, 3.0, 4.0), 21 * TICK) == (3.0, 4.0)


def test_memory_of_a_long_way_is_bounded() -> None:
    places = Interpolation(flat)
    walked(places, ticks=2_000)
    assert len(places._paths[1]) <= 16


def test_a_key_may_be_named() -> None:
    places = Interpolation(flat, key=lambda row: row.y)
    places.row_updated(Thing(1, 0.0, 5.0), Thing(2, 1.0, 5.0))
    places.settle(1.0)
    assert places.has_moved(5.0)
