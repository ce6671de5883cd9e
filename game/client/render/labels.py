"""Labels: names and masses of circles. None lies on another, and none on a circle that covers its own."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from game.match.shown import ShownCircle
from game.match.world import World
from game.presentation.camera import View
from game.presentation.leaderboard import nameless

from ..ui.text import TextCache, TextStyle, grouped

__all__ = ["NAME_INSIDE", "Labels", "name_unit"]

# Radii in pixels of a window 720 pixels high.
NAME_INSIDE = 32.0
_MASS_INSIDE = 12.0
# Below this one a circle is a dot, and has no name.
_LEAST_PIXELS = 4.0
_STYLE = TextStyle.OUTLINE
# Radii go in steps of pixels: a circle that grows does not ask for another text in each frame.
_STEP = 4

# A text, how many pixels its middle is below that of the circle, and whether that is meant from the upper rim.
_Line = tuple[pygame.Surface, int, bool]


def name_unit(view: View) -> float:
    """Pixels of a unit of layout of what is written over the arena."""
    return max(view.height / 720, 0.85)


class Labels:
    """Writes them. What it keeps is the texts of each circle until its mass, its size or its name is another."""

    def __init__(self, texts: TextCache) -> None:
        self._texts = texts
        self._kept: dict[int, tuple[object, list[_Line]]] = {}
        self._was_fresh = False

    def draw(
        self,
        screen: pygame.Surface,
        circles: Sequence[ShownCircle],
        world: World,
        view: View,
        *,
        taken: Sequence[pygame.Rect] = (),
    ) -> None:
        """Write them for `circles`, which are sorted, the heaviest last: larger ones have the right of way.

        Nothing is written over what is `taken`. Of a player's many small circles only the largest is named: sixteen
        times the same name would hide everything.
        """
        unit = name_unit(view)
        named = set({circle.player_id: circle.entity_id for circle in circles}.values())
        # What larger circles cover for certain: the square inside of each.
        covered: list[pygame.Rect] = []
        places = list(taken)
        blits: list[tuple[pygame.Surface, tuple[int, int]]] = []
        kept, self._kept = self._kept, {}
        texts = self._texts
        texts.begin_frame()
        # The frame in which rows have come has enough to do: what they change is written in the next one, come what may.
        waits = self._was_fresh = world.is_fresh and not self._was_fresh
        scale, names = view.scale, world.names
        across, down = view.width / 2 - view.x * scale, view.height / 2 + view.y * scale
        for circle in reversed(circles):
            pixels = circle.shown_radius * scale
            if pixels < _LEAST_PIXELS:
                continue
            x, y = round(across + circle.shown_x * scale), round(down - circle.shown_y * scale)
            if pygame.Rect(x, y, 1, 1).collidelist(covered) >= 0:
                continue
            side = round(pixels * 1.3)
            covered.append(pygame.Rect(x - side // 2, y - side // 2, side, side))
            entity_id = circle.entity_id
            step = round(pixels / _STEP)
            key = circle.mass, names.get(circle.player_id or 0), step, unit, entity_id in named
            found = kept.get(entity_id)
            # A frame in which many change writes some of them as they were.
            if found is None or (found[0] != key and not (waits or texts.has_made_enough)):
                found = key, self._lines(key[1] or nameless(), circle.mass, step * _STEP, unit, always=key[4])
            self._kept[entity_id] = found
            for face, offset, is_above in found[1]:
                place = face.get_rect(center=(x, y + offset - (round(pixels) if is_above else 0)))
                # Lines of text bring room of their own above and below.
                ink = place.inflate(-4, -place.height // 3)
                if ink.collidelist(places) < 0:
                    places.append(ink)
                    blits.append((face, place.topleft))
        screen.blits(blits, False)

    def _lines(self, name: str, mass: int, pixels: float, unit: float, *, always: bool) -> list[_Line]:
        """The name and the mass, as far as there is room for them in a circle of that radius."""
        texts, number = self._texts, grouped(mass)
        if pixels < NAME_INSIDE * unit:
            lines: list[_Line] = []
            if pixels >= _MASS_INSIDE * unit:
                face = texts.fit(
                    number, _stepped(max(pixels * 0.75, 16 * unit)), round(pixels * 2), style=_STYLE
                )
                lines.append((face, 0, False))
            if always:
                face = texts.fit(name, _stepped(23 * unit), round(150 * unit), style=_STYLE)
                lines.append((face, -round(face.get_height() * 0.6), True))
            return lines
        size = _stepped(min(max(pixels * 0.44, 23 * unit), 64 * unit))
        width = round(max(pixels * 1.8, 150 * unit) if always else pixels * 1.8)
        label = texts.fit(name, size, width, style=_STYLE)
        figure = texts.render(number, _stepped(max(size * 0.7, 19 * unit)), style=_STYLE)
        # Lines of text bring room of their own above and below.
        top = -(label.get_height() + figure.get_height()) * 0.47
        below = top + label.get_height() * 0.94
        return [
            (label, round(top + label.get_height() / 2), False),
            (figure, round(below + figure.get_height() / 2), False),
        ]


def _stepped(size: float) -> int:
    """Font sizes in steps of about 8 %, so that a zooming camera does not render every name in every size."""
    step = 2 if size < 32 else 4
    return max(12, round(size / step) * step)
