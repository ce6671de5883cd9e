"""The tick of a crowded world grows with the crowd, not with its square."""

from __future__ import annotations

from time import process_time

from benchmarks.world_tick import measure


def median_tick(players: int) -> float:
    # Of the processor: what else the machine does meanwhile is no cost of a tick.
    times = measure(players=players, circles=3, ticks=40, timer=process_time).whole
    return times[len(times) // 2]


def test_a_tick_costs_as_much_as_there_are_players() -> None:
    few, many = median_tick(20), median_tick(100)
    # Five times the players, and the same food: far from the 25 times of trying each pair.
    assert many / few < 12.0
