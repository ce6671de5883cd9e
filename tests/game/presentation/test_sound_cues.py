"""What is heard of a world: meals, splits, ends and arrivals, each once."""

from __future__ import annotations

from game.presentation.sound_cues import Sound, SoundCues
from tests.game.world_rows import WorldRows


def test_a_world_that_is_just_there_is_silent(rows: WorldRows) -> None:
    sound_cues = SoundCues(rows.world)
    rows.player(1, "Me", own=True)
    rows.player(2, "Nova")
    rows.circle(1, 10, 10, 50)
    rows.settle()
    assert list(sound_cues.sounds()) == []


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
    assert list(sound_cues.sounds()) == [Sound.EAT]
    assert list(sound_cues.sounds()) == []
    rows.begin(2.0)
    rows.eat(me, other)
    rows.settle()
    assert list(sound_cues.sounds()) == [Sound.MEAL]
    rows.begin(3.0)
    half = rows.circle(1, 12, 10, 25)
    rows.settle()
    assert list(sound_cues.sounds()) == [Sound.SPLIT]
    rows.begin(4.0)
    rows.eat(giant, half)
    rows.eat(giant, me)
    rows.settle()
    assert list(sound_cues.sounds()) == [Sound.DEATH]


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
        heard.append(list(sound_cues.sounds()))
    assert heard == [[Sound.EAT], [], [Sound.EAT]]


def test_somebody_joins_while_one_plays(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.circle(1, 10, 10, 50)
    rows.settle()
    sound_cues = SoundCues(rows.world)
    assert list(sound_cues.sounds()) == []
    rows.player(2, "Nova")
    rows.settle()
    assert list(sound_cues.sounds()) == [Sound.JOIN]
    assert list(sound_cues.sounds()) == []


def test_own_circles_that_become_one_are_heard_and_a_lost_one_is_not(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.player(2, "Bo")
    one, two, three = (rows.circle(1, x, 100, 50) for x in (100, 104, 300))
    hunter = rows.circle(2, 304, 100, 200)
    rows.settle()
    sound_cues = SoundCues(rows.world)
    list(sound_cues.sounds())
    rows.begin(1.0)
    rows.eat(one, two)
    rows.settle()
    assert list(sound_cues.sounds()) == [Sound.MERGE]
    rows.begin(2.0)
    rows.eat(hunter, three)
    rows.settle()
    assert Sound.MERGE not in list(sound_cues.sounds())
