"""Moves: directions worked out of places and masses. The length of a direction, 0 to 1, is the share of full speed."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, hypot, pi, sin, sqrt

from game.match.observation import Blob, full_speed

__all__ = ["Direction", "aim", "around", "inside", "safest", "slow_for", "towards"]

Direction = tuple[float, float]

# Headings that who flees compares: a turn of 22.5 degrees is finer than a wall or a rival asks for.
_HEADINGS = tuple((cos(2.0 * pi * step / 16), sin(2.0 * pi * step / 16)) for step in range(16))
# Ticks that who flees looks ahead.
_HORIZON = 12.0
# How far from a wall it is as good as far away, in radii and units.
_CLEAR_RADII, _CLEAR = 4.0, 30.0
_LEAST_SHARE = 0.3
# Ticks that prey is expected to go on as it goes.
_MOST_LEAD = 15.0


def towards(own: Blob, x: float, y: float) -> Direction:
    """Full speed to a point; no direction for who is there."""
    dx, dy = x - own.x, y - own.y
    distance = hypot(dx, dy)
    return (0.0, 0.0) if distance < 0.001 else (dx / distance, dy / distance)


def slow_for(own: Blob, distance: float, ticks: float) -> float:
    """The share of full speed at which a circle meets a point so far away, decisions being `ticks` apart.

    A circle that covers less than its own width in a tick eats whatever it passes, and need not slow down.
    """
    step = full_speed(own.mass)
    if step < 1.6 * sqrt(own.mass):
        return 1.0
    return min(max(distance / (step * ticks), _LEAST_SHARE), 1.0)


def aim(own: Blob, prey: Blob, side: float) -> tuple[float, float]:
    """Where prey is met that goes on as it goes: a point of the world."""
    distance = hypot(prey.x - own.x, prey.y - own.y)
    ticks = min(distance / full_speed(own.mass), _MOST_LEAD)
    x, y = prey.x + prey.vx * ticks, prey.y + prey.vy * ticks
    return min(max(x, 0.0), side), min(max(y, 0.0), side)


def safest(own: Blob, threats: Iterable[Blob], side: float) -> Direction:
    """The heading that leads furthest away from all threats, and not into a wall or a corner."""
    radius = sqrt(own.mass)
    way = full_speed(own.mass) * _HORIZON
    clear = _CLEAR_RADII * radius + _CLEAR
    far = side - radius
    # A rival is where it will be halfway through.
    rivals = [
        (rival.x + rival.vx * _HORIZON / 2, rival.y + rival.vy * _HORIZON / 2, sqrt(rival.mass))
        for rival in threats
    ]
    best, best_score = _HEADINGS[0], -1e9
    for heading in _HEADINGS:
        x, y = own.x + heading[0] * way, own.y + heading[1] * way
        x = radius if x < radius else far if x > far else x
        y = radius if y < radius else far if y > far else y
        # What the wall takes of the way is missing from the distance; in a corner it is missing twice.
        score = -0.5 * (max(clear - min(x, side - x), 0.0) + max(clear - min(y, side - y), 0.0))
        score += min(hypot(x - other_x, y - other_y) - reach for other_x, other_y, reach in rivals)
        if score > best_score:
            best, best_score = heading, score
    return best


def around(own: Blob, direction: Direction, blobs: Iterable[Blob], room: float) -> Direction:
    """The direction, turned aside where it leads over one of `blobs`; `room` is how far on one looks, in world units."""
    radius = sqrt(own.mass)
    x, y = direction
    for blob in blobs:
        dx, dy = blob.x - own.x, blob.y - own.y
        distance = hypot(dx, dy)
        clearance = radius + sqrt(blob.mass) + 4.0
        if distance > radius + room:
            continue
        if distance < clearance:
            # Too near already: away from it.
            return (-dx / distance, -dy / distance) if distance > 0.001 else (1.0, 0.0)
        along = dx * x + dy * y
        across = x * dy - y * dx
        if along > 0.0 and abs(across) < clearance * hypot(x, y):
            # Along the tangent, on the side where it does not lie.
            turn = -1.0 if across > 0.0 else 1.0
            sine = clearance / distance
            cosine = sqrt(max(1.0 - sine * sine, 0.0))
            length = hypot(x, y)
            ux, uy = dx / distance, dy / distance
            x, y = (ux * cosine - turn * uy * sine) * length, (uy * cosine + turn * ux * sine) * length
    return x, y


def inside(own: Blob, direction: Direction, side: float, margin: float) -> Direction:
    """The direction without what would lead nearer to a wall than `margin`, and back from where it is nearer already."""
    x, y = direction
    back_x = own.x < margin and x <= 0.0, own.x > side - margin and x >= 0.0
    back_y = own.y < margin and y <= 0.0, own.y > side - margin and y >= 0.0
    if not (any(back_x) or any(back_y)):
        return direction
    length = max(hypot(x, y), _LEAST_SHARE)
    if any(back_x):
        x = 0.5 if back_x[0] else -0.5
    if any(back_y):
        y = 0.5 if back_y[0] else -0.5
    scale = length / hypot(x, y)
    return x * scale, y * scale
