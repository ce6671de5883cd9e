"""Text surfaces, rendered once and kept while they are in use."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from enum import Enum

import pygame

from game.presentation.palette import INK, SHADOW, Colour

from .fonts import lacks, system_fonts
from .surfaces import SurfaceCache, tint
from .writing_order import caret_places, clusters, visual_text

__all__ = ["TextCache", "TextStyle", "grouped", "printable"]

# In windows: the names of a crowd, and their numbers, which change all the time.
_TEXTS_KEPT = 0.6
# Pixels of new texts in a frame, in windows: two names.
_MADE_A_FRAME = 0.003
_SMALLEST = 11
# Letters of one line. What comes from others (names, refusals) may be of any length: what is too long to be read is never rendered.
_LONGEST = 200
_MOST_MARKS = 2
_OVERSAMPLING = 2
_WHITE: Colour = (255, 255, 255)
_SHADOW_ALPHA, _OUTLINE_ALPHA = 190, 90


class TextStyle(Enum):
    """How a text stands out from what is behind it."""

    PLAIN = 0
    SHADOW = 1
    OUTLINE = 2


def grouped(number: int) -> str:
    """A mass or a count as it is shown: 1484 is "1 484"."""
    return f"{number:,}".replace(",", " ")


def printable(text: str) -> str:
    """The text with everything a font cannot draw (control characters, lone surrogates) as spaces.

    Of marks that stack upon a letter there are two at the most: a tower of them would cover what others have written.
    """
    shown = "".join(
        letter if letter.isprintable() and not "\ud800" <= letter <= "\udfff" else " " for letter in text
    )
    return shown if shown.isascii() else "".join(_without_towers(shown))


def _without_towers(text: str) -> Iterator[str]:
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            yield letter


class TextCache:
    """Renders with pygame's default font in any size; sizes are pixels of line height."""

    def __init__(self) -> None:
        self._fonts: dict[int, pygame.font.Font] = {}
        self._others: dict[tuple[str, int], pygame.font.Font] = {}
        self._surfaces: SurfaceCache[tuple[str, int, Colour, TextStyle]] = SurfaceCache(
            _TEXTS_KEPT, _MADE_A_FRAME
        )

    def make_room(self, window: tuple[int, int]) -> None:
        """Keep as many as a window of that many pixels needs."""
        self._surfaces.make_room(window)

    def begin_frame(self) -> None:
        """What is asked for from now on is for the next frame."""
        self._surfaces.begin_frame()

    @property
    def has_made_enough(self) -> bool:
        """Whether this frame has rendered as much as one should: what can be written as it was, is."""
        return self._surfaces.has_made_enough

    def font(self, size: int) -> pygame.font.Font:
        """The default font in that size."""
        font = self._fonts.get(size)
        if font is None:
            font = self._fonts[size] = pygame.font.Font(None, size)
        return font

    def font_for(self, text: str, size: int) -> pygame.font.Font:
        """The default font, or one of the system's for a text with letters that it lacks."""
        return self._font_with(text, size) or self.font(size)

    def _font_with(self, text: str, size: int) -> pygame.font.Font | None:
        default = self.font(size)
        if text.isascii() or not lacks(default, text):
            return default
        for file in system_fonts():
            font = self._others.get((file, size))
            if font is None:
                try:
                    # Other fonts fill their line more: so letters look as large as those beside them.
                    font = pygame.font.Font(file, round(size * 0.78))
                except (pygame.error, OSError):
                    # Listed, and not to be read: as if it were not there.
                    continue
                self._others[file, size] = font
            if not lacks(font, text):
                return font
        return None

    def _runs(self, text: str, size: int) -> list[tuple[pygame.font.Font, str]]:
        """The parts of a text from left to right, each with a font that has its letters: one part, if one font has them all."""
        shown = visual_text(text)
        font = self._font_with(text, size)
        if font is not None:
            return [(font, shown)]
        runs: list[tuple[pygame.font.Font, str]] = []
        for cluster in clusters(shown):
            font = self.font_for(cluster, size)
            if runs and (runs[-1][0] is font or cluster.isspace()):
                runs[-1] = runs[-1][0], runs[-1][1] + cluster
            else:
                runs.append((font, cluster))
        return runs

    def width(self, text: str, size: int) -> int:
        """The pixels from the beginning of a text to its end, without a shadow."""
        text = printable(text[:_LONGEST])
        return (
            sum(font.size(part)[0] for font, part in self._runs(text, size * _OVERSAMPLING)) // _OVERSAMPLING
        )

    def carets(self, text: str, size: int) -> list[int]:
        """Where a caret stands before each letter of a text, and behind its last: pixels from the left end."""
        places = caret_places(text)
        if places is None:
            return [self.width(text[:index], size) for index in range(len(text) + 1)]
        shown = visual_text(text)
        return [self.width(shown[: at + is_behind], size) for at, is_behind in places]

    def render(
        self, text: str, size: int, *, colour: Colour = INK, style: TextStyle = TextStyle.SHADOW
    ) -> pygame.Surface:
        """The text as a surface with an alpha channel; treat it as read-only, it is shared."""
        text = text[:_LONGEST]
        key = (text, size, colour, style)
        surface = self._surfaces.get(key)
        if surface is not None:
            return surface
        return self._surfaces.keep(key, self._draw(printable(text), size, colour, style))

    def fit(
        self,
        text: str,
        size: int,
        width: int,
        *,
        colour: Colour = INK,
        style: TextStyle = TextStyle.SHADOW,
        smallest: float = 0.7,
    ) -> pygame.Surface:
        """The text no wider than `width` pixels: first shrunk to the share `smallest` of its size at most, then cut."""
        text = text[:_LONGEST]
        surface = self.render(text, size, colour=colour, style=style)
        if surface.get_width() <= width:
            return surface
        least = max(_SMALLEST, round(size * smallest))
        smaller = max(least, size * width // surface.get_width())
        surface = self.render(text, smaller, colour=colour, style=style)
        while surface.get_width() > width and smaller > least:
            # Letters keep to whole pixels: in a smaller size they are not narrower by just as much.
            smaller -= 1
            surface = self.render(text, smaller, colour=colour, style=style)
        short = text
        while surface.get_width() > width and len(short) > 1:
            # Proportional first guess, then letter by letter.
            keep = min(len(short) - 1, max(1, len(short) * width // surface.get_width()))
            short = short[:keep]
            surface = self.render(short.rstrip() + "...", smaller, colour=colour, style=style)
        return surface

    def _draw(self, text: str, size: int, colour: Colour, style: TextStyle) -> pygame.Surface:
        # Hinting eats the dots and gaps of small letters: drawn larger and scaled down they stay whole.
        letters = _scaled(
            _beside([(font, _written(font, part)) for font, part in self._runs(text, size * _OVERSAMPLING)])
        )
        face = letters.copy()
        tint(face, colour)
        if style is TextStyle.PLAIN:
            return face.convert_alpha()
        reach = max(1, size // 22)
        surface = pygame.Surface(
            (face.get_width() + 2 * reach, face.get_height() + 2 * reach), pygame.SRCALPHA
        )
        surface.fill((*colour, 0))
        tint(letters, SHADOW, _SHADOW_ALPHA if style is TextStyle.SHADOW else _OUTLINE_ALPHA)
        if style is TextStyle.SHADOW:
            surface.blit(letters, (reach, 2 * reach))
        else:
            steps = (0, reach, 2 * reach)
            surface.blits(
                [(letters, (x, y)) for x in steps for y in steps if (x, y) != (reach, reach)], False
            )
        surface.blit(face, (reach, reach))
        return surface.convert_alpha()


def _written(font: pygame.font.Font, text: str) -> pygame.Surface:
    """The text in white, as high as its letters reach: newer libraries of fonts add the gap to a line below, and what is centred
    would stand higher."""
    face = font.render(text, True, _WHITE)
    if face.get_height() <= font.get_height():
        return face
    bottom = max(font.get_height(), face.get_bounding_rect().bottom)
    return face.subsurface((0, 0, face.get_width(), bottom))


def _beside(parts: Sequence[tuple[pygame.font.Font, pygame.Surface]]) -> pygame.Surface:
    """The parts of a line side by side, upon the same ground line."""
    if len(parts) == 1:
        return parts[0][1]
    ascent = max((font.get_ascent() for font, _ in parts), default=0)
    tops = [ascent - font.get_ascent() for font, _ in parts]
    height = max((top + part.get_height() for top, (_, part) in zip(tops, parts, strict=True)), default=0)
    line = pygame.Surface((sum(part.get_width() for _, part in parts), height), pygame.SRCALPHA)
    line.fill((*_WHITE, 0))
    x = 0
    for top, (_, part) in zip(tops, parts, strict=True):
        line.blit(part, (x, top))
        x += part.get_width()
    return line


def _scaled(large: pygame.Surface) -> pygame.Surface:
    """The white text in its true size; averaging needs white under the transparent pixels too."""
    if min(large.get_size()) < 4 * _OVERSAMPLING:
        # Nothing to see (no text, or marks without width), and smoothscale reads past pictures this narrow.
        return pygame.Surface((1, max(1, large.get_height() // _OVERSAMPLING)), pygame.SRCALPHA)
    canvas = pygame.Surface(large.get_size(), pygame.SRCALPHA)
    canvas.fill((*_WHITE, 0))
    canvas.blit(large, (0, 0))
    size = max(1, large.get_width() // _OVERSAMPLING), max(1, large.get_height() // _OVERSAMPLING)
    return pygame.transform.smoothscale(canvas, size)
