"""Screen shake: the picture shakes and lights up for a moment when a circle is eaten. Depends on time alone; drawing it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sin

from ..palette import INK, WARNING, Colour
from ..sound_cues import Cue, Sound

__all__ = ["ScreenShake"]


@dataclass(frozen=True, slots=True)
class _Blow:
    """`shake` is a share of the window's height, `light` a share 0..1 of `colour`; both fade over `seconds`."""

    seconds: float
    shake: float
    light: float
    colour: Colour


_BLOWS = {
    Sound.MEAL: _Blow(seconds=0.3, shake=0.006, light=0.14, colour=INK),
    Sound.DEATH: _Blow(seconds=0.6, shake=0.018, light=0.4, colour=WARNING),
}


class ScreenShake:
    """The last blow, and what is left of it."""

    def __init__(self) -> None:
        self._blow: _Blow | None = None
        self._at = 0.0

    def feel(self, cues: Iterable[Cue], now: float) -> None:
        """What is loud enough is felt too, from `now` (seconds) on; what others do is not."""
        for cue in cues:
            blow = _BLOWS.get(cue.sound)
            if blow is not None and cue.gain == 1.0:
                self._blow, self._at = blow, now

    def offset(self, now: float) -> tuple[float, float]:
        """How far the picture is off its place, in shares of the window's height."""
        blow, left = self._left(now)
        if blow is None:
            return 0.0, 0.0
        since = now - self._at
        # Two rhythms that never meet: it trembles, and does not swing.
        return blow.shake * left * sin(since * 145.0), blow.shake * left * sin(since * 181.0 + 1.0)

    def light(self, now: float) -> Colour | None:
        """The colour to add to the whole picture, if any."""
        blow, left = self._left(now)
        if blow is None:
            return None
        share = blow.light * left * left
        red, green, blue = (round(channel * share) for channel in blow.colour)
        return (red, green, blue) if max(red, green, blue) > 2 else None

    def _left(self, now: float) -> tuple[_Blow | None, float]:
        """The blow and the share 1..0 that is left of it."""
        blow = self._blow
        if blow is None or not 0.0 <= now - self._at < blow.seconds:
            return None, 0.0
        return blow, 1.0 - (now - self._at) / blow.seconds
