"""A first match says what to do, by the rules and the keys that there are."""

from __future__ import annotations

from game.match.settings import DEFAULT_KEYS, DEFAULT_PAD, Action
from game.presentation.words.hints import hints


def test_what_can_be_done_is_said_and_nothing_else() -> None:
    official = hints(DEFAULT_KEYS, split_from=60, eject_from=0, throws=False)
    arcade = hints(DEFAULT_KEYS, split_from=40, eject_from=35)
    assert official[3] == "From a mass of 60 on SPACE splits you in two"
    assert arcade[3] == "From a mass of 40 on SPACE throws half of you forward"
    assert not any("eject" in text for text in official)
    assert "From a mass of 35 on E, held, ejects" in arcade[4]
    assert [*arcade[:3], arcade[5]] == [*official[:3], official[4]]


def test_they_name_the_keys_there_are() -> None:
    keys = {**DEFAULT_KEYS, Action.SPLIT: ("v",), Action.EJECT: ()}
    told = hints(keys, split_from=60, eject_from=35)
    assert "V throws" in told[3]
    assert "the button" in told[4]


def test_to_a_gamepad_in_the_hands_its_buttons_are_named() -> None:
    first, *_, split, eject, menu = hints(DEFAULT_KEYS, split_from=60, eject_from=35, pad=DEFAULT_PAD)
    assert "stick" in first
    assert "on A throws" in split
    assert "on B, held" in eject
    assert menu.startswith("START ")
