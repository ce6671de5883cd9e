"""How a bot decides: flee, hunt or graze, a pure function of what it sees and of its temper."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, hypot, sin, sqrt

from game.bots.personality import Personality
from game.match.intent import Intent
from game.match.observation import Blob, Observation

__all__ = ["Brain", "decide"]

Brain = Callable[[Observation, Personality], Intent]

_SAFE_MASS_RATIO = 0.85
_MIN_MASS_TO_SPLIT = 60
_MOST_CIRCLES = 4
_START_MASS = 15.0
_START_SPEED = 10.0
_LEAST_SPEED = 0.2
_WALL_MARGIN = 40.0


def decide(observation: Observation, personality: Personality) -> Intent:
    """What to do next; the length of the direction is the share of full speed."""
    if not observation.me:
        return Intent(respawn=True)
    escape = _flee(observation, personality)
    if escape is not None:
        return Intent(direction=escape)
    heaviest = observation.me[0]
    prey = _best_prey(observation, personality)
    if prey is not None:
        return Intent(
            direction=_towards(heaviest, prey.x, prey.y),
            split=_worth_splitting(observation, prey, personality),
        )
    meal = _best_food(observation)
    if meal is not None:
        own, food = meal
        return Intent(direction=_towards(own, food.x, food.y, ticks=personality.foresight))
    return Intent(direction=_wander(heaviest, observation.world_size, personality))


def _flee(observation: Observation, personality: Personality) -> tuple[float, float] | None:
    """Full speed away from every heavier circle that is near, the nearer ones counting more; None without any."""
    away_x = away_y = 0.0
    for other in observation.others:
        edible = other.mass * _SAFE_MASS_RATIO
        reach = sqrt(other.mass) + personality.caution
        for own in observation.me:
            if own.mass >= edible:
                continue
            dx, dy = own.x - other.x, own.y - other.y
            distance = hypot(dx, dy)
            if distance < reach + sqrt(own.mass):
                weight = 1.0 / max(distance * distance, 1.0)
                away_x += dx * weight
                away_y += dy * weight
    if away_x == 0.0 and away_y == 0.0:
        return None
    return _along_walls(observation.me[0], away_x, away_y, observation.world_size)


def _along_walls(own: Blob, x: float, y: float, world_size: float) -> tuple[float, float]:
    """Unit vector of `(x, y)`, turned along the wall where it would run into one."""
    length = hypot(x, y)
    x, y = x / length, y / length
    middle = world_size / 2.0
    blocked_x = (own.x < _WALL_MARGIN and x < 0.0) or (own.x > world_size - _WALL_MARGIN and x > 0.0)
    blocked_y = (own.y < _WALL_MARGIN and y < 0.0) or (own.y > world_size - _WALL_MARGIN and y > 0.0)
    if blocked_x and blocked_y:
        # In a corner: out along the wall that the threat is less in line with.
        if abs(x) < abs(y):
            return (1.0 if own.x < middle else -1.0), 0.0
        return 0.0, (1.0 if own.y < middle else -1.0)
    if blocked_x:
        return 0.0, (1.0 if y > 0.0 or (y == 0.0 and own.y < middle) else -1.0)
    if blocked_y:
        return (1.0 if x > 0.0 or (x == 0.0 and own.x < middle) else -1.0), 0.0
    return x, y


def _best_prey(observation: Observation, personality: Personality) -> Blob | None:
    """The circle that promises most mass for the way, among those that the heaviest own circle can eat."""
    own = observation.me[0]
    edible = own.mass * _SAFE_MASS_RATIO
    best: Blob | None = None
    best_score = 0.0
    for other in observation.others:
        if other.mass < edible:
            distance = hypot(other.x - own.x, other.y - own.y)
            score = other.mass / (distance + 1.0)
            if distance < personality.greed and score > best_score:
                best, best_score = other, score
    return best


def _worth_splitting(observation: Observation, prey: Blob, personality: Personality) -> bool:
    """Half of the mass is faster than the whole and still enough for the prey, which is near."""
    own = observation.me[0]
    return (
        personality.daring > 0.5
        and own.mass >= _MIN_MASS_TO_SPLIT
        and len(observation.me) < _MOST_CIRCLES
        and prey.mass < own.mass / 2.0 * _SAFE_MASS_RATIO
        and hypot(prey.x - own.x, prey.y - own.y) < 3.0 * sqrt(own.mass)
    )


def _best_food(observation: Observation) -> tuple[Blob, Blob] | None:
    """The heaviest own circle and the food that promises most mass for the way."""
    best: tuple[Blob, Blob] | None = None
    best_score = 0.0
    own = observation.me[0]
    x, y = own.x, own.y
    for food in observation.food:
        dx, dy = food.x - x, food.y - y
        score = food.mass / (dx * dx + dy * dy + 1.0)
        if score > best_score:
            best, best_score = (own, food), score
    return best


def _towards(own: Blob, x: float, y: float, *, ticks: float | None = None) -> tuple[float, float]:
    """Direction to a point: at full speed, or so slow that the circle is there after `ticks`."""
    dx, dy = x - own.x, y - own.y
    distance = hypot(dx, dy)
    if distance < 0.001:
        return 0.0, 0.0
    share = 1.0
    if ticks is not None:
        step = 2.0 * _START_SPEED / (1.0 + sqrt(own.mass / _START_MASS))
        share = min(max(distance / (step * ticks), _LEAST_SPEED), 1.0)
    return dx / distance * share, dy / distance * share


def _wander(own: Blob, world_size: float, personality: Personality) -> tuple[float, float]:
    """Along the own heading while far from the walls, else back to the middle."""
    middle = world_size / 2.0
    if max(abs(own.x - middle), abs(own.y - middle)) > world_size * 0.4:
        return _towards(own, middle, middle)
    return cos(personality.heading), sin(personality.heading)
