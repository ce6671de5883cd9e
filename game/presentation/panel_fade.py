"""Panel fade: what lies over the arena lets through what it would hide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Disc", "PanelFade", "Places", "is_over"]

# Shares a second: gone in a third of one, and back as slowly.
_RATE = 3.0
# A circle smaller than this, in pixels of radius, is worth no fading.
_LEAST_PIXELS = 5.0

# How often it is looked whether a circle is below.
_LOOK_SECONDS = 0.1

# Left, top, width and height in pixels.
Square = tuple[float, float, float, float]
# x, y and radius in pixels.
Disc = tuple[float, float, float]
Places = Mapping[str, Square]


def is_over(place: Square, discs: Iterable[Disc]) -> bool:
    """Whether any of the discs reaches under what lies at `place`."""
    left, top, width, height = place
    for x, y, radius in discs:
        if radius < _LEAST_PIXELS:
            continue
        # From the middle of the circle to the nearest point of the place.
        dx = max(left - x, 0.0, x - left - width)
        dy = max(top - y, 0.0, y - top - height)
        if dx * dx + dy * dy < radius * radius:
            return True
    return False


class PanelFade:
    """By name of a panel: the share 0..1 by which it has faded. Depends on time alone."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._covers: set[str] = set()
        self._look_in = 0.0

    def share(self, panel: str) -> float:
        """0 is as solid as it gets, 1 as faint."""
        return self._shares.get(panel, 0.0)

    def update(self, elapsed: float, look: Callable[[], tuple[Places, Sequence[Disc]]]) -> None:
        """Go on by `elapsed` seconds. `look` tells, now and then, where the panels and the circles are, in pixels."""
        self._look_in -= elapsed
        if self._look_in <= 0.0:
            self._look_in = _LOOK_SECONDS
            places, discs = look()
            self._covers = {panel for panel, place in places.items() if is_over(place, discs)}
            self._shares = {panel: self._shares.get(panel, 0.0) for panel in places}
        step = _RATE * elapsed
        for panel, share in self._shares.items():
            if panel in self._covers:
                self._shares[panel] = min(share + step, 1.0)
            elif share > 0.0:
                self._shares[panel] = max(share - step, 0.0)
