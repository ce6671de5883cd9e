"""Numbers of a game."""

from __future__ import annotations

import json

from game.match.report import FrameTimes, PlayReport


def test_percentiles_are_those_of_the_sorted_durations() -> None:
    times = FrameTimes()
    for tenth in range(1, 1001):
        times.add(tenth / 10_000, at=tenth / 100)
    assert abs(times.percentile(0.5) - 50.0) <= 0.1
    assert abs(times.percentile(0.99) - 99.0) <= 0.1


def test_no_frame_is_zero_and_a_very_long_one_is_capped() -> None:
    times = FrameTimes()
    assert times.percentile(0.99) == 0.0
    times.add(3.0, at=3.0)
    assert times.percentile(0.99) > 200.0


def test_each_whole_minute_has_figures_of_its_own() -> None:
    times = FrameTimes()
    for frame in range(600):
        minute = frame // 240
        times.add(0.002 * (minute + 1), at=frame / 4)
    assert times.by_minute == ((2.05, 2.05), (4.05, 4.05)), "the third is not over"


def test_the_report_is_json() -> None:
    report = PlayReport(
        frames=600,
        seconds=10.0,
        fps=60.0,
        frame_ms_p50=2.0,
        frame_ms_p99=6.0,
        frame_ms_by_minute=((2.0, 6.0),),
        frame_cpu_ms_by_minute=((1.5, 5.0),),
        rows={"food": 600, "circle": 11},
    )
    content = json.loads(json.dumps(report.to_json()))
    assert content["rows"] == {"circle": 11, "food": 600}
    assert content["frame_ms_by_minute"] == [[2.0, 6.0]]
    assert content["frame_cpu_ms_by_minute"] == [[1.5, 5.0]]
    assert {"row_updates", "reducer_calls", "reducer_errors", "peak_mass", "deaths", "food_eaten"} <= set(
        content
    )
