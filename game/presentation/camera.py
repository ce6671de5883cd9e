"""Camera: which part of the world is seen, and how large. Eased by time, never by frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, sqrt

from ..match.shown import ShownCircle

__all__ = ["Camera", "View", "half_height_for"]

# Shares, a second, of what is left of a jump and of the way to the wanted zoom.
_OFFSET_RATE = 5.0
_ZOOM_RATE = 2.5
# Shares of the usual view: more would be an advantage, less would be none.
_NEAREST, _FARTHEST = 0.7, 1.35
_WIDEST_RATIO = 16.0 / 9.0
# An official world from wall to wall; a circle that wants to see more is in no official world.
_WIDEST_HALF_HEIGHT = 1500.0


@dataclass(frozen=True, slots=True)
class View:
    """One frame's mapping between world units and pixels. `x`, `y` is the world's point in the window's centre."""

    x: float
    y: float
    scale: float
    width: int
    height: int

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of a point of the world; the world's y grows upwards, the window's downwards."""
        return self.width / 2 + (x - self.x) * self.scale, self.height / 2 - (y - self.y) * self.scale

    def to_world(self, pixel_x: float, pixel_y: float) -> tuple[float, float]:
        """The point of the world under a pixel."""
        return self.x + (pixel_x - self.width / 2) / self.scale, self.y - (
            pixel_y - self.height / 2
        ) / self.scale

    def bounds(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Left, right, bottom, top of what is seen, in world units, widened by `margin`."""
        half_width = self.width / (2 * self.scale) + margin
        half_height = self.height / (2 * self.scale) + margin
        return self.x - half_width, self.x + half_width, self.y - half_height, self.y + half_height


def half_height_for(mass: float, circles: int) -> float:
    """World units from the centre to the upper edge, for a player of `mass` in so many `circles`."""
    wanted = 50.0 + 3.0 * sqrt(max(mass, 0.0)) + min(5.0 * max(circles - 1, 0), 30.0)
    return min(wanted, _WIDEST_HALF_HEIGHT)


class Camera:
    """Follows the mass-weighted centre of the circles it is given to watch.

    Moving circles are followed without lag, so that the pointer's offset to the window's centre is the offset to
    the player. Only jumps of the centre (a split, a merge, a circle lost, another player watched) are eased, unless it is asked to
    `cut` to what it watches next.
    """

    def __init__(self, x: float, y: float, *, half_height: float = 110.0) -> None:
        self.x = x
        self.y = y
        self.half_height = half_height
        self._offset_x = 0.0
        self._offset_y = 0.0
        self._watched: frozenset[int] | None = None
        self._cuts = False
        self.zoom = 1.0

    def zoom_by(self, steps: float) -> None:
        """See more (negative) or less (positive) by so many steps of a wheel, within what a match allows."""
        self.zoom = min(max(self.zoom * 0.9**steps, _NEAREST), _FARTHEST)

    def cut(self) -> None:
        """Be at once where the next look leads, as wide as it asks for."""
        self._cuts = True

    def advance(self, watched: Iterable[ShownCircle], elapsed: float) -> None:
        """Follow `watched`, as they are shown now, for `elapsed` seconds; with none of them, stay."""
        circles = list(watched)
        if not circles:
            return
        weights = [max(circle.shown_radius, 0.01) ** 2 for circle in circles]
        weight = sum(weights)
        x = sum(circle.shown_x * share for circle, share in zip(circles, weights, strict=True)) / weight
        y = sum(circle.shown_y * share for circle, share in zip(circles, weights, strict=True)) / weight
        mass = sum(circle.mass for circle in circles)
        self._follow(x, y, frozenset(circle.entity_id for circle in circles), elapsed)
        self._zoom(half_height_for(mass, len(circles)) * self.zoom, elapsed)

    def drift(self, x: float, y: float, elapsed: float, *, half_height: float) -> None:
        """Look at a point that itself moves slowly, seeing `half_height` world units up and down."""
        self._follow(x, y, frozenset(), elapsed)
        self._zoom(half_height, elapsed)

    def _follow(self, x: float, y: float, watched: frozenset[int], elapsed: float) -> None:
        if watched != self._watched:
            self._watched = watched
            self._offset_x = self.x - x
            self._offset_y = self.y - y
        if self._cuts:
            self._offset_x = self._offset_y = 0.0
        kept = exp(-_OFFSET_RATE * elapsed)
        self._offset_x *= kept
        self._offset_y *= kept
        self.x = x + self._offset_x
        self.y = y + self._offset_y

    def _zoom(self, half_height: float, elapsed: float) -> None:
        share = 1.0 if self._cuts else 1.0 - exp(-_ZOOM_RATE * elapsed)
        self.half_height += (half_height - self.half_height) * share
        self._cuts = False

    def view(self, width: int, height: int) -> View:
        """The mapping for a window of that many pixels. A very wide window does not see more than a 16:9 one."""
        scale = max(height / (2 * self.half_height), width / (2 * self.half_height * _WIDEST_RATIO))
        return View(self.x, self.y, scale, width, height)
