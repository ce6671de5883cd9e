"""Network meter: what the network and the frames amount to, in numbers that stand still long enough to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..language import N_, gettext

if TYPE_CHECKING:
    from spacetimedb_sdk import ClientStats

__all__ = ["NetMeter"]

# For how long figures stand: shorter ones cannot be read.
_SHOWN_SECONDS = 0.5


class NetMeter:
    """Counts frames; `lines` are (label, value) pairs, made anew twice a second."""

    def __init__(self) -> None:
        self.lines: tuple[tuple[str, str], ...] = ()
        self._since: float | None = None
        self._frames = 0
        self._work = 0.0
        self._worst = 0.0
        self._row_updates = 0
        self._received = 0
        self._sent = 0

    def frame(self, now: float, *, work: float, stats: ClientStats | None, lateness: float) -> None:
        """Count a frame at `now` whose predecessor worked for `work` seconds.

        `lateness` is by how many seconds ticks of the world miss their time.
        """
        if stats is None:
            return
        if self._since is None:
            self._begin(now, stats)
            return
        self._frames += 1
        self._work += work
        self._worst = max(self._worst, work)
        seconds = now - self._since
        if seconds >= _SHOWN_SECONDS:
            self.lines = self._measured(stats, seconds, lateness)
            self._begin(now, stats)

    def _begin(self, now: float, stats: ClientStats) -> None:
        self._since, self._frames, self._work, self._worst = now, 0, 0.0, 0.0
        self._row_updates, self._received, self._sent = (
            stats.row_updates,
            stats.bytes_received,
            stats.bytes_sent,
        )

    def _measured(self, stats: ClientStats, seconds: float, lateness: float) -> tuple[tuple[str, str], ...]:
        frames = max(self._frames, 1)
        return (
            (N_("ping"), _milliseconds(stats.round_trip)),
            (N_("jitter"), _milliseconds(stats.jitter)),
            (N_("tick lateness"), _milliseconds(lateness)),
            (N_("frames/s"), f"{self._frames / seconds:.0f}"),
            (
                N_("frame work"),
                gettext("{mean:.1f} ms, worst {worst:.1f}").format(
                    mean=self._work / frames * 1000, worst=self._worst * 1000
                ),
            ),
            (N_("rows"), f"{stats.rows}"),
            (N_("row updates/s"), f"{(stats.row_updates - self._row_updates) / seconds:.0f}"),
            (N_("received"), _rate(stats.bytes_received - self._received, seconds)),
            (N_("sent"), _rate(stats.bytes_sent - self._sent, seconds)),
            (N_("backlog"), _size(stats.queued_bytes)),
        )


def _milliseconds(seconds: float | None) -> str:
    return "..." if seconds is None else f"{seconds * 1000:.1f} ms"


def _rate(size: int, seconds: float) -> str:
    return f"{_size(round(size / seconds))}/s"


def _size(size: int) -> str:
    return f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB"
