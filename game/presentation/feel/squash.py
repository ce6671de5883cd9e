"""Squash: circles that touch press each other a little out of shape, and swing after a meal."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt

from game.match.shown import ShownCircle

__all__ = ["Squash"]

# How fast a circle takes another shape, as a share of what is missing, a second.
_RATE = 14.0
# Shares of the width: at the most, and for each radius that the smaller circle lies within the larger.
_MOST, _PER_RADIUS = 0.16, 0.4
# What a circle is pressed in, it bulges out across.
_BULGE = 0.5
# Less than this is round.
_LEAST = 0.012


class Squash:
    """`shapes` are factors of width and height, by entity id, of circles that are not round now. Depends on time alone."""

    def __init__(self) -> None:
        self.shapes: dict[int, tuple[float, float]] = {}
        self._pressed: dict[int, tuple[float, float]] = {}

    def update(
        self, circles: Sequence[ShownCircle], now: float, elapsed: float, *, own: int | None = None
    ) -> None:
        """Go on by `elapsed` seconds to the time `now` with these circles, as they are shown.

        What presses is a player's own pieces, and the circles of the `own` player: two others that pass over each other
        far away are worth no picture of their own.
        """
        wanted = _pressures(circles, own)
        share = 1.0 - exp(-_RATE * elapsed)
        before, self._pressed, self.shapes = self._pressed, {}, {}
        for circle in circles:
            entity_id = circle.entity_id
            across, up = before.get(entity_id, (0.0, 0.0))
            to_across, to_up = wanted.get(entity_id, (0.0, 0.0))
            across += (to_across - across) * share
            up += (to_up - up) * share
            if abs(across) + abs(up) > _LEAST / 4:
                self._pressed[entity_id] = across, up
            swing = circle.wobble(now) - 1.0
            if max(abs(across + swing), abs(up - swing)) > _LEAST:
                self.shapes[entity_id] = 1.0 + across + swing, 1.0 + up - swing

    def forget(self) -> None:
        """Everything is round."""
        self.shapes, self._pressed = {}, {}


def _pressures(circles: Sequence[ShownCircle], own: int | None) -> dict[int, tuple[float, float]]:
    """By how much each circle that touches another is wider (or narrower) and higher (or lower)."""
    pressures: dict[int, tuple[float, float]] = {}
    # From left to right: only neighbours can touch.
    ordered = sorted(circles, key=lambda circle: circle.shown_x - circle.shown_radius)
    for index, circle in enumerate(ordered):
        x, y, radius, player_id = circle.shown_x, circle.shown_y, circle.shown_radius, circle.player_id
        right = x + radius
        for other in ordered[index + 1 :]:
            reach = other.shown_radius
            if other.shown_x - reach >= right:
                break
            if other.player_id != player_id and own not in (player_id, other.player_id):
                continue
            dx, dy = other.shown_x - x, other.shown_y - y
            room = radius + reach
            squared = dx * dx + dy * dy
            if squared >= room * room or squared <= 0.0:
                continue
            distance = sqrt(squared)
            smaller = min(radius, reach)
            if smaller <= 0.0:
                continue
            press = min((room - distance) / smaller * _PER_RADIUS, _MOST)
            across, up = dx * dx / squared, dy * dy / squared
            for pressed, share in ((circle, reach / room), (other, radius / room)):
                # The larger of two gives way less.
                force = press * 2.0 * share if share < 0.5 else press
                width, height = pressures.get(pressed.entity_id, (0.0, 0.0))
                width += force * (_BULGE * up - across)
                height += force * (_BULGE * across - up)
                pressures[pressed.entity_id] = _bounded(width), _bounded(height)
    return pressures


def _bounded(pressure: float) -> float:
    return min(max(pressure, -_MOST), _MOST * _BULGE)
