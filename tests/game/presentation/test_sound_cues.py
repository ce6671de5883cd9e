"""What is heard of a world: meals, splits, ends and arrivals, each once."""

from __future__ import annotations

import pytest

from game.presentation.camera import Camera
from game.presentation.sound_cues import Cue, Sound, SoundCues, pitch_of
from tests.game.world_rows import WorldRows

EAR = Camera(10.0, 10.0, half_height=100.0)


def heard_of(sound_cues: SoundCues) -> list[Sound]:
    return [cue.sound for cue in sound_cues.cues(EAR)]


def test_a_world_that_is_just_there_is_silent(rows: WorldRows) -> None:
    sound_cues = SoundCues(rows.world)
    rows.player(1, "Me", own=True)
    rows.player(2, "Nova")
    rows.circle(1, 10, 10, 50)
    rows.settle()
    assert heard_of(sound_cues) == []


def test_meals_splits_and_the_end(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    me = rows.circle(1, 10, 10, 50)
    other, food = rows.circle(2, 14, 10, 20), rows.food(12, 10)
    giant = rows.circle(3, 20, 10, 900)
    rows.settle()
    sound_cues = SoundCues(rows.world)
    rows.begin(1.0)
    rows.eat(me, food)
    rows.settle()
    assert heard_of(sound_cues) == [Sound.EAT]
    assert heard_of(sound_cues) == []
    rows.begin(2.0)
    rows.eat(me, other)
    rows.settle()
    assert heard_of(sound_cues) == [Sound.MEAL]
    rows.begin(3.0)
    half = rows.circle(1, 12, 10, 25)
    rows.settle()
    assert heard_of(sound_cues) == [Sound.SPLIT]
    rows.begin(4.0)
    rows.eat(giant, half)
    rows.eat(giant, me)
    rows.settle()
    assert heard_of(sound_cues) == [Sound.DEATH]


def test_a_full_mouth_is_heard_as_one(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    me = rows.circle(1, 10, 10, 50)
    food = [rows.food(12, 10) for _ in range(3)]
    rows.settle()
    sound_cues = SoundCues(rows.world)
    heard = []
    for now, eaten in zip((1.0, 1.02, 1.2), food, strict=True):
        rows.begin(now)
        rows.eat(me, eaten)
        rows.settle()
        heard.append(heard_of(sound_cues))
    assert heard == [[Sound.EAT], [], [Sound.EAT]]


def test_somebody_joins_while_one_plays(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.circle(1, 10, 10, 50)
    rows.settle()
    sound_cues = SoundCues(rows.world)
    assert heard_of(sound_cues) == []
    rows.player(2, "Nova")
    rows.settle()
    assert heard_of(sound_cues) == [Sound.JOIN]
    assert heard_of(sound_cues) == []


def test_own_circles_that_become_one_are_heard_and_a_lost_one_is_not(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.player(2, "Bo")
    one, two, three = (rows.circle(1, x, 100, 50) for x in (100, 104, 300))
    hunter = rows.circle(2, 304, 100, 200)
    rows.settle()
    sound_cues = SoundCues(rows.world)
    heard_of(sound_cues)
    rows.begin(1.0)
    rows.eat(one, two)
    rows.settle()
    assert heard_of(sound_cues) == [Sound.MERGE]
    rows.begin(2.0)
    rows.eat(hunter, three)
    rows.settle()
    assert Sound.MERGE not in heard_of(sound_cues)


def cues_of_a_meal(rows: WorldRows, x: float, y: float) -> list[Cue]:
    """What is heard of one player eating another there, by who looks at (500, 500)."""
    rows.player(1, "Me", own=True)
    rows.circle(1, 500, 500, 50)
    eater, eaten = rows.circle(2, x, y, 90), rows.circle(3, x + 2, y, 30)
    rows.settle()
    rows.world.advance(0.1)
    sound_cues = SoundCues(rows.world)
    ear = Camera(500.0, 500.0, half_height=100.0)
    list(sound_cues.cues(ear))
    rows.begin(1.0)
    rows.eat(eater, eaten)
    rows.settle()
    return list(sound_cues.cues(ear))


@pytest.mark.parametrize(("x", "side"), [(400.0, -1), (500.0, 0), (600.0, 1)])
def test_what_others_do_is_heard_from_its_side(rows: WorldRows, x: float, side: int) -> None:
    (cue,) = cues_of_a_meal(rows, x, 500.0)
    assert cue.sound is Sound.MEAL
    assert cue.pan == pytest.approx(side * 100 / 177.8, abs=0.02)
    # One's own meals are louder.
    assert 0.0 < cue.gain < 1.0


def test_what_others_do_at_nearly_the_same_time_is_heard_as_one(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.circle(1, 10, 10, 50)
    eater, *eaten = (rows.circle(player, 12, 10, 90 if player == 2 else 20) for player in range(2, 6))
    rows.settle()
    sound_cues = SoundCues(rows.world)
    heard_of(sound_cues)
    heard = []
    for now, each in zip((1.0, 1.05, 1.3), eaten, strict=True):
        rows.begin(now)
        rows.eat(eater, each)
        rows.settle()
        heard.append(heard_of(sound_cues))
    assert heard == [[Sound.MEAL], [], [Sound.MEAL]]


def test_what_is_far_away_is_not_heard(rows: WorldRows) -> None:
    assert cues_of_a_meal(rows, 500.0, 900.0) == []


def test_others_split_and_a_newcomer_does_not(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.circle(1, 10, 10, 50)
    rows.circle(2, 40, 10, 50)
    rows.settle()
    sound_cues = SoundCues(rows.world)
    assert heard_of(sound_cues) == []
    rows.begin(1.0)
    rows.circle(2, 46, 10, 25)
    rows.circle(3, 60, 10, 25)
    rows.settle()
    assert heard_of(sound_cues) == [Sound.SPLIT]


def test_the_heavier_the_lower() -> None:
    pitches = [pitch_of(mass) for mass in (0, 15, 60, 600, 6000, 10**9)]
    assert pitches == sorted(pitches, reverse=True)
    assert pitches[2] == 1.0
    assert 0.5 < pitches[-1] < pitches[0] < 2.0
