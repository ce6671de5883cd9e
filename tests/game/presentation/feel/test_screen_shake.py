"""Shakes and flashes that fade."""

from __future__ import annotations

from math import hypot

from game.presentation.feel.screen_shake import ScreenShake
from game.presentation.sound_cues import Cue, Sound


def test_a_death_is_felt_and_fades() -> None:
    screen_shake = ScreenShake()
    assert screen_shake.offset(10.0) == (0.0, 0.0)
    assert screen_shake.light(10.0) is None
    screen_shake.feel([Cue(Sound.EAT), Cue(Sound.DEATH)], 10.0)
    reach = [
        max(hypot(*screen_shake.offset(10.0 + (start + step) / 100)) for step in range(15))
        for start in (0, 15, 30, 45)
    ]
    assert reach == sorted(reach, reverse=True)
    assert 0.005 < reach[0] < 0.03
    red, green, blue = screen_shake.light(10.01) or (0, 0, 0)
    assert red > green
    assert red > blue
    assert screen_shake.offset(10.7) == (0.0, 0.0)
    assert screen_shake.light(10.7) is None


def test_mouthfuls_are_not_felt_and_meals_less_than_deaths() -> None:
    quiet, meal, death = ScreenShake(), ScreenShake(), ScreenShake()
    quiet.feel([Cue(Sound.EAT), Cue(Sound.SPLIT), Cue(Sound.JOIN), Cue(Sound.MEAL, gain=0.5)], 1.0)
    meal.feel([Cue(Sound.MEAL)], 1.0)
    death.feel([Cue(Sound.DEATH)], 1.0)
    assert quiet.offset(1.02) == (0.0, 0.0)
    assert 0.0 < hypot(*meal.offset(1.02)) < hypot(*death.offset(1.02))
    assert sum(meal.light(1.02) or ()) < sum(death.light(1.02) or ())
