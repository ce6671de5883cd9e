"""What a bot's diary makes of the looks it is given."""

from __future__ import annotations

from game.bots.report import BotRecord, Diary, swarm_report
from game.match.observation import Blob, Observation


def observation(
    me: tuple[Blob, ...], *, others: tuple[Blob, ...] = (), food: tuple[Blob, ...] = ()
) -> Observation:
    return Observation(me, others, food, 1000.0)


def test_distance_and_peak_mass_and_food() -> None:
    diary = Diary()
    near, far = Blob(10, 109.0, 100.0, 3), Blob(11, 200.0, 100.0, 2)
    diary.note(observation((Blob(1, 100.0, 100.0, 15),), food=(near, far)))
    diary.note(observation((Blob(1, 106.0, 108.0, 18),), food=(far,)))
    assert (diary.distance, diary.peak_mass, diary.food_eaten, diary.deaths) == (10.0, 18, 1, 0)


def test_food_that_somebody_nearer_ate_is_not_counted() -> None:
    diary = Diary()
    food, rival = Blob(10, 110.0, 100.0, 3), Blob(2, 111.0, 100.0, 15)
    diary.note(observation((Blob(1, 100.0, 100.0, 15),), others=(rival,), food=(food,)))
    diary.note(observation((Blob(1, 100.0, 100.0, 15),), others=(rival,)))
    assert diary.food_eaten == 0


def test_a_death_counts_once_and_the_next_life_starts_elsewhere() -> None:
    diary = Diary()
    diary.note(observation((Blob(1, 100.0, 100.0, 15),)))
    diary.note(observation(()))
    diary.note(observation(()))
    diary.note(observation((Blob(2, 900.0, 900.0, 15),)))
    assert (diary.deaths, diary.distance) == (1, 0.0)


def test_the_swarm_report_adds_up() -> None:
    records = [
        BotRecord(name="A", distance=10.0, peak_mass=40, deaths=1, reducer_calls=5),
        BotRecord(name="B", distance=20.0, peak_mass=60, reducer_errors=2, error="connection lost: gone"),
    ]
    report = swarm_report(records, seconds=3.0)
    assert (report["count"], report["peak_mass"], report["deaths"], report["failed"]) == (2, 60, 1, 1)
    assert (report["reducer_calls"], report["reducer_errors"], report["seconds"]) == (5, 2, 3.0)
