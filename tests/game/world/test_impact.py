"""Shakes and flashes that fade."""

from __future__ import annotations

from math import hypot

from game.world.hearing import Sound
from game.world.impact import Impact


def test_a_death_is_felt_and_fades() -> None:
    impact = Impact()
    assert impact.offset(10.0) == (0.0, 0.0)
    assert impact.light(10.0) is None
    impact.feel([Sound.EAT, Sound.DEATH], 10.0)
    reach = [
        max(hypot(*impact.offset(10.0 + (start + step) / 100)) for step in range(15))
        for start in (0, 15, 30, 45)
    ]
    assert reach == sorted(reach, reverse=True)
    assert 0.005 < reach[0] < 0.03
    red, green, blue = impact.light(10.01) or (0, 0, 0)
    assert red > green
    assert red > blue
    assert impact.offset(10.7) == (0.0, 0.0)
    assert impact.light(10.7) is None


def test_mouthfuls_are_not_felt_and_meals_less_than_deaths() -> None:
    quiet, meal, death = Impact(), Impact(), Impact()
    quiet.feel([Sound.EAT, Sound.SPLIT, Sound.JOIN], 1.0)
    meal.feel([Sound.MEAL], 1.0)
    death.feel([Sound.DEATH], 1.0)
    assert quiet.offset(1.02) == (0.0, 0.0)
    assert 0.0 < hypot(*meal.offset(1.02)) < hypot(*death.offset(1.02))
    assert sum(meal.light(1.02) or ()) < sum(death.light(1.02) or ())
