"""Round trip, jitter and clock offset by numbers passed in."""

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.protocol.outcomes import Outcome, Transaction
from spacetimedb_sdk.transport.timing import CLOCK_INTERVAL, LinkTiming


def test_nothing_is_known_before_it_was_measured() -> None:
    timing = LinkTiming()
    assert (timing.round_trip, timing.jitter, timing.clock_offset) == (None, None, None)


def test_a_steady_line_has_no_jitter_in_the_end() -> None:
    timing = LinkTiming()
    for _ in range(50):
        timing.ponged(0.08)
    assert timing.round_trip == pytest.approx(0.08)
    assert timing.jitter == pytest.approx(0, abs=1e-6)


def test_one_slow_answer_moves_the_estimate_a_little() -> None:
    timing = LinkTiming()
    for _ in range(20):
        timing.ponged(0.1)
    timing.ponged(0.9)
    assert timing.round_trip == pytest.approx(0.2)
    assert timing.jitter is not None
    assert timing.jitter > 0.15


def test_the_servers_clock_is_told_half_a_round_trip_late(mocker: MockerFixture) -> None:
    timing = LinkTiming()
    timing.ponged(0.2)
    mocker.patch("time.time", return_value=1_000_000.1)
    timing.note([Transaction([], "committed", "", None, 1_000_060_000_000)], now=5.0)
    assert timing.clock_offset == pytest.approx(60.0)


def test_the_servers_clock_is_looked_at_by_time_not_by_messages(mocker: MockerFixture) -> None:
    timing = LinkTiming()
    mocker.patch("time.time", return_value=1_000_000.0)
    silent = Transaction([], "committed", "", None, None)
    timing.note([silent], now=5.0)
    timing.note([Transaction([], "committed", "", None, 1_000_000_000_000), silent], now=5.0)
    assert timing.clock_offset == 0.0
    late: list[Outcome] = [Transaction([], "committed", "", None, 1_000_008_000_000)]
    for _ in range(100):
        timing.note(late, now=5.0 + CLOCK_INTERVAL / 2)
    assert timing.clock_offset == 0.0
    timing.note(late, now=5.0 + 2 * CLOCK_INTERVAL)
    assert timing.clock_offset == pytest.approx(1.0)


def test_on_another_way_the_first_answer_counts_for_all() -> None:
    timing = LinkTiming()
    timing.ponged(0.02)
    jitter = timing.jitter
    timing.restart()
    assert timing.round_trip == 0.02
    timing.ponged(0.3)
    # The step is no jitter.
    assert (timing.round_trip, timing.jitter) == (0.3, jitter)
    timing.ponged(0.38)
    assert timing.round_trip == pytest.approx(0.31)
