"""Quality: how finely the arena is drawn, so that frames are in time. Words and menus are always drawn in full."""

from __future__ import annotations

__all__ = ["QUALITIES", "FrameQuality"]

# By name: the share of the window's pixels, along each side, that the arena is drawn with. Auto goes through them.
QUALITIES = {"auto": 1.0, "full": 1.0, "balanced": 0.7, "fast": 0.5}
# The same shares in the order in which `auto` tries them.
_LEVELS = (1.0, 0.7, 0.5)
# Shares of the time between two frames: above the first one frames are at risk, below the second a level up fits in.
_TOO_LONG, _SHORT = 0.7, 0.3
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
    def detail(self) -> float:
        """The share 0..1 of the window's pixels, along each side."""
        return _LEVELS[self._level] if self.chosen == "auto" else QUALITIES[self.chosen]

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
