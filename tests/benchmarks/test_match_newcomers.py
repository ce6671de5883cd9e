"""Idle newcomers among ten bots, in lock step: none is eaten at once, and most are there ten seconds later."""

from __future__ import annotations

import pytest

from benchmarks.match import visit

PROTECTED = 3.0
VISIT = 9.95


def lived(difficulty: str, count: int, warm: float) -> tuple[float, float]:
    """The shortest life in seconds, and the share of those who were there to the end."""
    lives = visit(difficulty, "arcade", count=count, bots=10, seed=1, warm=warm, at_once=10).lived
    assert len(lives) == count
    return min(lives), sum(life >= VISIT for life in lives) / count


def test_newcomers_live_among_normal_bots() -> None:
    shortest, share = lived("normal", 20, warm=20.0)
    assert shortest >= PROTECTED
    assert share >= 0.9


@pytest.mark.soak
@pytest.mark.parametrize(("difficulty", "least"), [("calm", 0.9), ("normal", 0.9), ("hard", 0.0)])
def test_two_hundred_newcomers_live(difficulty: str, least: float) -> None:
    shortest, share = lived(difficulty, 200, warm=120.0)
    assert shortest >= PROTECTED
    assert share >= least
