"""Quality: how finely the arena is drawn, so that frames are in time. Words and menus are always drawn in full."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QUALITIES", "FrameQuality", "Quality"]


@dataclass(frozen=True, slots=True)
class Quality:
    """`detail` is the share 0..1 of the window's pixels, along each side, that the arena is drawn with."""

    detail: float
    has_halos: bool


_FULL = Quality(1.0, has_halos=True)
# Without halos every edge stays sharp, and a frame takes a tenth less. Drawing a smaller picture saves little more than it
# takes to enlarge it, but for one of half the size: pygame doubles pixels in half the time.
_BALANCED, _FAST = Quality(1.0, has_halos=False), Quality(0.5, has_halos=False)
# By name. Auto goes through the other ones.
QUALITIES = {"auto": _FULL, "full": _FULL, "balanced": _BALANCED, "fast": _FAST}
_LEVELS = (_FULL, _BALANCED, _FAST)
# Shares of the time between two frames: above the first one frames are at risk, as the slowest of a hundred take up to
# half as long again, and an own server and its bots want the processor, too; below the second a level up fits in.
_TOO_LONG, _SHORT = 0.45, 0.3
# Seconds that it must have been so: a single slow frame is none, and what goes down must not come up at once.
_DOWN_SECONDS, _UP_SECONDS = 1.0, 6.0
_SMOOTHING = 0.1


class FrameQuality:
    """Follows the work of the frames. `chosen` is one of `QUALITIES`; all but auto hold as they are."""

    def __init__(self, chosen: str = "auto") -> None:
        self.chosen = chosen
        self._level = 0
        self._work: float | None = None
        self._since: tuple[bool, float] | None = None

    @property
    def now(self) -> Quality:
        """The quality to draw with."""
        return _LEVELS[self._level] if self.chosen == "auto" else QUALITIES[self.chosen]

    @property
    def name(self) -> str:
        """The name of the quality that is drawn with; never auto."""
        return next(name for name, quality in QUALITIES.items() if name != "auto" and quality is self.now)

    def frame(self, now: float, work: float, budget: float) -> None:
        """Take in a frame that worked `work` seconds of the `budget` between two frames, at the time `now`."""
        self._work = work if self._work is None else self._work + _SMOOTHING * (work - self._work)
        is_long, is_short = self._work > _TOO_LONG * budget, self._work < _SHORT * budget
        if not (is_long or is_short):
            self._since = None
            return
        if self._since is None or self._since[0] is not is_long:
            self._since = is_long, now
        if now - self._since[1] < (_DOWN_SECONDS if is_long else _UP_SECONDS):
            return
        self._level = min(max(self._level + (1 if is_long else -1), 0), len(_LEVELS) - 1)
        # What the next level costs is not known yet.
        self._since = self._work = None
