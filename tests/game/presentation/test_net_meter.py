"""The numbers of the net HUD."""

from __future__ import annotations

from game.presentation.net_meter import NetMeter
from spacetimedb_sdk import ClientStats
from spacetimedb_sdk.netcode import TickClock


def test_numbers_are_told_twice_a_second_over_what_passed() -> None:
    meter = NetMeter()
    stats = ClientStats(row_updates=1000, bytes_received=50_000, bytes_sent=900)
    meter.frame(10.0, work=0.0, stats=stats, lateness=0.0)
    assert meter.lines == ()
    for frame in range(1, 31):
        stats.row_updates += 10
        stats.bytes_received += 500
        stats.bytes_sent += 4
        stats.rows, stats.round_trip, stats.queued_bytes = 640, 0.0213, 1500
        meter.frame(10.0 + frame / 60, work=0.010 if frame == 7 else 0.002, stats=stats, lateness=0.0042)
    assert dict(meter.lines) == {
        "ping": "21.3 ms",
        "jitter": "...",
        "tick lateness": "4.2 ms",
        "frames/s": "60",
        "frame work": "2.3 ms, worst 10.0",
        "rows": "640",
        "row updates/s": "600",
        "received": "30.0 kB/s",
        "sent": "240 B/s",
        "backlog": "1.5 kB",
    }
    told = meter.lines
    meter.frame(10.6, work=0.5, stats=stats, lateness=1.0)
    assert meter.lines is told


def test_without_a_connection_there_is_nothing_to_tell() -> None:
    meter = NetMeter()
    meter.frame(1.0, work=0.1, stats=None, lateness=0.0)
    meter.frame(9.0, work=0.1, stats=None, lateness=0.0)
    assert meter.lines == ()


def test_lateness_is_none_for_even_ticks_and_grows_with_uneven_ones() -> None:
    even, uneven = TickClock(), TickClock()
    for tick in range(100):
        even.stamp(tick * 0.05)
        uneven.stamp(tick * 0.05 + (0.02 if tick % 2 else 0.0))
    assert even.lateness < 0.001
    assert 0.005 < uneven.lateness < 0.03
