"""Shown circles and flights: what stands beside the rows, by key. A circle as it is drawn, and the flight of what was eaten. Depends on time alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, sin, sqrt

from module_bindings import Entity

from .bounds import clamped, shown_mass, shown_radius

__all__ = [
    "FLIGHT_SECONDS",
    "GROW_SECONDS",
    "WOBBLE_SECONDS",
    "Flight",
    "Gone",
    "ShownCircle",
    "growth",
    "mass_by_player",
]

# Of what was eaten into its eater; of a new circle to its size; of the wobble after a meal.
FLIGHT_SECONDS = 0.2
GROW_SECONDS = 0.25
WOBBLE_SECONDS = 0.6

# Of what a radius lacks, a second: nine tenths are made up for in a quarter of one.
_RADIUS_RATE = 9.0
# A meal of half of what the eater has then swings it as far as it goes; a crumb hardly.
_SWING = 1.4


def mass_by_player(circles: Iterable[ShownCircle]) -> dict[int, int]:
    """The mass of all circles together of each player who has any."""
    masses: dict[int, int] = {}
    for circle in circles:
        masses[circle.player_id] = masses.get(circle.player_id, 0) + circle.mass
    return masses


def growth(elapsed: float) -> float:
    """The share of what is missing of its size that a circle grows by in so many seconds."""
    return 1.0 - exp(-_RADIUS_RATE * elapsed)


class ShownCircle:
    """One circle as it is shown.

    `x`, `y` and `mass` are those of its row; `shown_x`, `shown_y`, `shown_radius` are for drawing and belong to the last
    `advance`. Lengths are world units.
    """

    __slots__ = (
        "came_at",
        "entity_id",
        "fed_at",
        "fed_by",
        "is_protected",
        "mass",
        "player_id",
        "shown_radius",
        "shown_x",
        "shown_y",
        "x",
        "y",
    )

    def __init__(self, entity_id: int, player_id: int, x: float, y: float, mass: int) -> None:
        self.entity_id = entity_id
        self.player_id = player_id
        self.x = self.shown_x = x
        self.y = self.shown_y = y
        self.mass = mass
        self.shown_radius = 0.0
        # Freshly entered: it can neither eat nor be eaten, which the outline shows.
        self.is_protected = False
        # Since when it is there.
        self.came_at = -inf
        # When it ate last, and a share 0..1 of how much that was: it wobbles for a moment.
        self.fed_at = -inf
        self.fed_by = 0.0

    def wobble(self, now: float) -> float:
        """The factor of its size at `now`: it swings out after a meal."""
        since = now - self.fed_at
        if not 0.0 <= since < WOBBLE_SECONDS:
            return 1.0
        return 1.0 + 0.09 * self.fed_by * sin(since * 24.0) * (1.0 - since / WOBBLE_SECONDS) ** 2

    def feed(self, mass: int, now: float) -> None:
        """Swing by what was eaten, unless it still swings by more."""
        strength = min(_SWING * sqrt(mass / self.mass), 1.0)
        left = self.fed_by * max(1.0 - (now - self.fed_at) / WOBBLE_SECONDS, 0.0) ** 2
        if strength >= left:
            self.fed_at, self.fed_by = now, strength

    @property
    def radius(self) -> float:
        """The radius the server counts with: the square root of the mass."""
        return shown_radius(self.mass)

    def take(self, entity: Entity, side: float) -> None:
        """Be what the row says, in a world of that side."""
        position = entity.position
        self.x, self.y = clamped(position.x, side), clamped(position.y, side)
        self.mass = shown_mass(entity.mass)

    def advance(self, place: tuple[float, float], share: float, side: float) -> None:
        """Be shown at `place`, and grow by a `share` of what is missing; never outside a world of that side."""
        x, y = place
        radius = self.shown_radius
        self.shown_radius = radius = radius + (shown_radius(self.mass) - radius) * share
        # What is guessed for a moment, and what is predicted, goes no farther than the server lets a circle go.
        far = side - radius
        if not radius <= x <= far:
            x = clamped(x, side) if side < 2 * radius else _held(x, radius, side)
        if not radius <= y <= far:
            y = clamped(y, side) if side < 2 * radius else _held(y, radius, side)
        self.shown_x, self.shown_y = x, y


def _held(coordinate: float, radius: float, side: float) -> float:
    return radius + clamped(coordinate - radius, side - 2 * radius)


@dataclass(frozen=True, slots=True)
class Gone:
    """What vanished: where its row had it last, and where and how large it was shown. `player_id` is None for food."""

    entity_id: int
    player_id: int | None
    x: float
    y: float
    mass: int
    shown_x: float
    shown_y: float
    shown_radius: float


class Flight:
    """The last 200 ms of something eaten: from where it was seen into its eater, or fading where it was not eaten.

    `player_id` is None for food.
    """

    __slots__ = ("eater", "entity_id", "player_id", "radius", "start", "x", "y")

    def __init__(self, gone: Gone, eater: ShownCircle | None, *, start: float) -> None:
        self.entity_id = gone.entity_id
        self.player_id = gone.player_id
        self.x = gone.shown_x
        self.y = gone.shown_y
        self.radius = gone.shown_radius
        self.eater = eater
        self.start = start

    def progress(self, now: float) -> float:
        """The share 0..1 of the way that lies behind it."""
        return min(max((now - self.start) / FLIGHT_SECONDS, 0.0), 1.0)

    def place(self, now: float) -> tuple[float, float, float]:
        """Centre and radius at `now`: it starts slowly, is fast at the end, and shrinks on the way."""
        share = self.progress(now)
        way = share * share * (3.0 - 2.0 * share)
        if self.eater is None:
            return self.x, self.y, self.radius * (1.0 - way)
        x = self.x + (self.eater.shown_x - self.x) * way
        y = self.y + (self.eater.shown_y - self.y) * way
        return x, y, self.radius * (1.0 - 0.75 * way)
