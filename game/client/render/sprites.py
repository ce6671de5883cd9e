"""Sprites: pictures of circles and food, drawn large once, scaled down smoothly per size, tinted per colour, and kept."""

from __future__ import annotations

from functools import cache
from math import cos, pi, sin

import pygame

from game.presentation.palette import PREY, WARNING, Colour
from game.presentation.relation import Relation

from ..ui.surfaces import SurfaceCache, tint

__all__ = ["CIRCLE_REACH", "RIM", "SpriteCache"]

# Side of a sprite over the diameter of its circle: the rest is glow, and the teeth of what is dangerous.
CIRCLE_REACH = 1.2
# As far as the light of food is seen, with its halo and with the small one; the halo is as wide as `_HALO` all the same.
_FOOD_REACH, _FOOD_REACH_PLAIN = 1.9, 1.4
_HALO = 2.2

_OVERSAMPLING = 2
# Of the outline of a circle that one must flee.
_TEETH = 26
# Radii of the masters in pixels: none has more than twice the pixels of what is made of it.
_LEVELS = (13, 19, 26, 37, 52, 74, 104, 147, 208)
_ORB_RADIUS = 48
# Where the rim of a circle begins, as a share of its radius.
RIM = 0.94
_GLOW, _LEAST_GLOW = 120, 6
# Where the glow of a circle ends that has a small one, as a share of how far it reaches.
_GLOW_PLAIN = 0.35
_SHARES = tuple(ring / 47 for ring in range(48))
# In windows: what a minute of play shows, not all that an hour does. Some hundred sizes of a dozen colours, and the few
# largest masters that have their place in a window at once.
_SPRITES_KEPT = 3.0
_MASTERS_KEPT = 1.5
# Pixels of new sprites in a frame, in windows: a zoom asks for a size that is new for each circle it shows. A sprite of
# nearly the size stands in for one that has to wait: so many steps smaller or larger, if that is within a share of it.
_MADE_A_FRAME = 0.04
# Of that in a frame that has enough to do already.
_MADE_WHILE_BUSY = 0.25
_STAND_INS, _NEARLY = (-1, 1, -2, 2), 0.06

_ROUND = 1.0, 1.0
# Widths and heights of circles that are pressed go in steps: as many pictures as are told apart.
_SHAPE_STEP = 0.04
# Relation, or None for food; radius in its steps; colour; width and height in their steps, 0 for what is round.
_Key = tuple[Relation | None, int, Colour, int, int]


class SpriteCache:
    """Sprites by (kind, radius bucket, colour).

    The masters are white; multiplying by a colour tints them, then white light is laid on top. Tinted masters are kept
    in a few sizes, so that a new size costs one scaling of a picture little larger than itself. Without `has_halos` what
    shines shines less far, which takes less time to draw.
    """

    def __init__(self) -> None:
        self._has_halos = True
        self._draw_masters()
        self._tinted: SurfaceCache[tuple[int, Colour, Relation]] = SurfaceCache(_MASTERS_KEPT)
        self._sprites: SurfaceCache[_Key] = SurfaceCache(_SPRITES_KEPT, _MADE_A_FRAME)

    @property
    def has_halos(self) -> bool:
        """Whether what shines does so as far as it should."""
        return self._has_halos

    @has_halos.setter
    def has_halos(self, has_halos: bool) -> None:
        if has_halos is not self._has_halos:
            self._has_halos = has_halos
            self._draw_masters()
            self._tinted.clear()
            self._sprites.clear()

    def _draw_masters(self) -> None:
        """Have the masters that are asked for before the first frame needs them."""
        _bodies(self._has_halos)
        _orb(self._has_halos)
        for relation in Relation:
            _lights(relation)

    def make_room(self, window: tuple[int, int]) -> None:
        """Keep as many as a window of that many pixels needs."""
        self._sprites.make_room(window)
        self._tinted.make_room(window)

    def begin_frame(self, *, is_busy: bool = False) -> None:
        """What is asked for from now on is for the next frame. One that `is_busy` makes few new sprites."""
        self._sprites.begin_frame(_MADE_WHILE_BUSY if is_busy else 1.0)

    def circle(
        self,
        radius: float,
        colour: Colour,
        relation: Relation = Relation.PLAIN,
        shape: tuple[float, float] = (1.0, 1.0),
    ) -> pygame.Surface:
        """A player's circle of `radius` pixels, outlined by what it is to the player who looks.

        The sprite is `CIRCLE_REACH` times as wide as the circle. `shape` are factors of its width and height. Where this
        frame has made many already, it may be the sprite of a circle a few hundredths smaller or larger.
        """
        bucket = _bucket(radius)
        if shape == _ROUND:
            key: _Key = (relation, bucket, colour, 0, 0)
        else:
            key = (relation, bucket, colour, round(shape[0] / _SHAPE_STEP), round(shape[1] / _SHAPE_STEP))
        sprite = self._sprites.get(key)
        if sprite is not None:
            return sprite
        if self._sprites.has_made_enough:
            sprite = self._stand_in(key)
            if sprite is not None:
                return sprite
        side = 2 * bucket * CIRCLE_REACH
        wide, high = (max(3, round(side * (step * _SHAPE_STEP if step else 1.0))) for step in key[3:])
        master = self._master(bucket, colour, relation)
        sprite = pygame.transform.smoothscale(master, (wide, high))
        # What is wholly clear or wholly covered is blitted in runs: most circles in half the time.
        sprite.set_alpha(255, pygame.RLEACCEL)
        return self._sprites.keep(key, sprite)

    def food(self, radius: float, colour: Colour) -> pygame.Surface:
        """A piece of food of `radius` pixels, to be added to what is behind it: it is light.

        Its halo is part of the sprite, whose middle is that of the food.
        """
        bucket = _bucket(radius)
        key: _Key = (None, bucket, colour, 0, 0)
        sprite = self._sprites.get(key)
        if sprite is not None:
            return sprite
        reach = _food_reach(self._has_halos)
        side = max(3, round(2 * bucket * reach))
        orb = pygame.transform.smoothscale(_orb(self._has_halos), (side, side))
        tint(orb, colour)
        sprite = pygame.Surface((side, side)).convert()
        sprite.blit(orb, (0, 0))
        return self._sprites.keep(key, sprite)

    def _master(self, radius: int, colour: Colour, relation: Relation) -> pygame.Surface:
        level = next((index for index, size in enumerate(_LEVELS) if size >= radius), len(_LEVELS) - 1)
        key = (level, colour, relation)
        master = self._tinted.get(key)
        if master is None:
            master = _bodies(self._has_halos)[level].copy()
            tint(master, colour)
            master.blit(_lights(relation)[level], (0, 0))
            self._tinted.keep(key, master)
        return master

    def _stand_in(self, key: _Key) -> pygame.Surface | None:
        """A sprite that is there already, and so like the one asked for that it is not seen for a frame or two."""
        relation, bucket, colour, wide, high = key
        step = _step(bucket)
        for steps in _STAND_INS:
            if abs(steps) > 1 and abs(steps) * step > _NEARLY * bucket:
                break
            sprite = self._sprites.get((relation, bucket + steps * step, colour, wide, high))
            if sprite is not None:
                return sprite
        return None


def _bucket(radius: float) -> int:
    """Radii that may share a sprite: the step stays near 3 % of the radius, which is not seen."""
    step = _step(radius)
    return max(1, round(radius / step) * step)


def _step(radius: float) -> int:
    return 1 if radius < 32 else 2 if radius < 80 else 4 if radius < 180 else 8


# The masters are drawn once for all worlds that are shown, one after the other or in each other's stead: they take a
# third of a second, and are only copied from.
@cache
def _bodies(has_halos: bool) -> list[pygame.Surface]:
    return _levels(_circle_body(1.0 if has_halos else _GLOW_PLAIN))


@cache
def _lights(relation: Relation) -> list[pygame.Surface]:
    return _levels(_circle_light(relation))


def _levels(large: pygame.Surface) -> list[pygame.Surface]:
    sides = [round(2 * radius * CIRCLE_REACH) for radius in _LEVELS]
    return [pygame.transform.smoothscale(large, (side, side)).convert_alpha() for side in sides]


def _food_reach(has_halos: bool) -> float:
    return _FOOD_REACH if has_halos else _FOOD_REACH_PLAIN


def _disc(
    surface: pygame.Surface, radius: float, colour: tuple[int, int, int, int], lift: float = 0.0
) -> None:
    side = surface.get_width()
    pygame.draw.circle(surface, colour, (side / 2, side / 2 - lift), radius)


def _canvas(radius: float, reach: float) -> pygame.Surface:
    """A transparent surface whose hidden colour is white: averaged edges keep the colour of what is beside them."""
    side = round(2 * radius * reach)
    surface = pygame.Surface((side, side), pygame.SRCALPHA)
    surface.fill((255, 255, 255, 0))
    return surface


def _circle_body(extent: float) -> pygame.Surface:
    """Glow, rim and shaded inside; of how far the glow can reach it reaches a share, `extent`."""
    radius = _LEVELS[-1] * _OVERSAMPLING
    body = _canvas(radius, CIRCLE_REACH)
    glow = radius * (CIRCLE_REACH - 1.0) * extent
    # Drawing into an alpha surface replaces, so rings nest from the outside in.
    for share in _SHARES:
        alpha = round(_GLOW * share**2.2)
        # What is not seen of it is left out: it would take as long to draw as what is seen.
        _disc(body, radius + glow * (1.0 - share), (255, 255, 255, alpha if alpha >= _LEAST_GLOW else 0))
    _disc(body, radius, (255, 255, 255, 255))
    for share in _SHARES:
        shade = round(238 - 92 * share**0.8)
        _disc(body, radius * RIM * (1.0 - share), (shade, shade, shade, 255), lift=-radius * 0.12 * share)
    return body


def _circle_light(relation: Relation) -> pygame.Surface:
    """What lies on top: the rim, what the circle is to the player, and a soft shine near the upper edge."""
    radius = _LEVELS[-1] * _OVERSAMPLING
    light = _canvas(radius, CIRCLE_REACH)
    if relation is Relation.DANGER:
        # Teeth beyond the rim: seen by their shape, whatever the colours look like.
        middle = light.get_width() / 2
        for tooth in range(_TEETH):
            turn, half = 2 * pi * tooth / _TEETH, pi / _TEETH * 0.8
            corners = [
                (middle + radius * reach * cos(turn + side), middle + radius * reach * sin(turn + side))
                for reach, side in ((0.97, -half), (1.16, 0.0), (0.97, half))
            ]
            pygame.draw.polygon(light, (*WARNING, 255), corners)
        _disc(light, radius, (*WARNING, 255))
    else:
        _disc(light, radius, (255, 255, 255, 235 if relation is Relation.OWN else 92))
    _disc(light, radius * RIM, (255, 255, 255, 0))
    if relation is Relation.PREY:
        _disc(light, radius * 0.84, (*PREY, 215))
        _disc(light, radius * 0.79, (255, 255, 255, 0))
    for share in _SHARES:
        _disc(light, radius * 0.6 * (1.0 - share), (255, 255, 255, round(34 * share**1.2)), lift=radius * 0.3)
    return light


@cache
def _orb(has_halos: bool) -> pygame.Surface:
    """Food: a small light with a wide halo, which is cut where it is hardly seen."""
    extent = _food_reach(has_halos)
    radius = _ORB_RADIUS * _OVERSAMPLING
    orb = _canvas(radius, extent)
    halo = min(extent + 0.3, _HALO)
    for share in _SHARES:
        reach = radius * (1.0 + (halo - 1.0) * (1.0 - share))
        _disc(orb, reach, (255, 255, 255, round(96 * share**2.6)))
    _disc(orb, radius, (206, 206, 206, 255))
    for share in _SHARES:
        shade = round(206 + 49 * share)
        _disc(orb, radius * 0.9 * (1.0 - share), (shade, shade, shade, 255), lift=radius * 0.22 * share)
    return pygame.transform.smoothscale(orb, (orb.get_width() // 2, orb.get_height() // 2)).convert_alpha()
