"""A first match says what to do, and then no more."""

from __future__ import annotations

from game.match.settings import DEFAULT_KEYS, Action
from game.presentation.hints import HINT_SECONDS, hint


def test_one_after_the_other_and_then_none() -> None:
    said = [hint(second, DEFAULT_KEYS) for second in range(round(HINT_SECONDS) + 5)]
    assert len(set(said)) == 5
    assert said[-1] == ""
    assert "SPACE" in said[20]


def test_they_name_the_keys_there_are() -> None:
    assert "V throws" in hint(20.0, {**DEFAULT_KEYS, Action.SPLIT: ("v",)})
    assert hint(20.0, {})
