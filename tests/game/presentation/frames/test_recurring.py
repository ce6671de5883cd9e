"""Recurring work comes in its rhythm, in frames that are not busy, and never too late."""

from __future__ import annotations

from game.presentation.frames.recurring import Recurring

FRAME = 1 / 64


def times(recurring: Recurring, busy: set[int], frames: int = 65) -> list[int]:
    return [number for number in range(frames) if recurring.is_due(number * FRAME, is_busy=number in busy)]


def test_it_comes_at_once_and_in_its_rhythm() -> None:
    assert times(Recurring(0.25), busy=set()) == [0, 16, 32, 48, 64]


def test_a_busy_frame_leaves_it_to_the_next_one() -> None:
    assert times(Recurring(0.25), busy={16, 17, 34}) == [0, 18, 35, 51]


def test_where_every_frame_is_busy_it_is_late_and_comes_all_the_same() -> None:
    assert times(Recurring(0.25, 0.125), busy=set(range(100))) == [0, 24, 48]


def test_time_that_goes_back_holds_nothing_up() -> None:
    recurring = Recurring(0.25)
    assert recurring.is_due(100.0, is_busy=False)
    assert recurring.is_due(3.0, is_busy=False)
    assert not recurring.is_due(3.1, is_busy=False)
