"""The tick of a crowded world keeps its time."""

from benchmarks.world_tick import measure


def test_a_tick_with_100_players_and_600_food_takes_at_most_10_ms() -> None:
    times = measure(players=100, circles=3, ticks=60)
    assert times.alone[len(times.alone) // 2] <= 10.0
