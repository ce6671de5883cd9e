"""Paragraph: several lines of text, broken where words end."""

from __future__ import annotations

from itertools import chain

import pygame

from game.presentation.palette import INK, Colour

from .panel import draw_ground
from .text import TextCache, printable

__all__ = ["draw_paragraph", "wrapped"]

_SIZE = 26
_LEADING = 31
_WIDEST = 760
# Letters. Sentences of servers may be of any length; more than this fills any window.
_LONGEST = 2000
_NEVER_FIRST = frozenset("、。，．：；？！」』）…ー!?,.:;)")


def wrapped(texts: TextCache, text: str, size: int, width: int) -> list[str]:
    """The lines of `text`, none wider than `width` pixels; a word that is wider is broken."""
    lines: list[str] = []
    for part in printable_lines(text[:_LONGEST]):
        line = ""
        for word in chain.from_iterable(_pieces(texts, whole, size, width) for whole in part.split()):
            longer = f"{line} {word}".strip()
            if line and texts.width(longer, size) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def printable_lines(text: str) -> list[str]:
    """The lines of a text, each without what a font cannot draw."""
    return [printable(line) for line in text.split("\n")]


def draw_paragraph(
    screen: pygame.Surface,
    texts: TextCache,
    text: str,
    *,
    top: int,
    unit: float,
    colour: Colour = INK,
    size: int = _SIZE,
    between: tuple[int, int] | None = None,
    on_ground: bool = False,
) -> int:
    """Draw centred lines from the pixel `top` on; returns the pixel below the last one. `size` is in units of layout.
    `between` are the pixels of the left end and of the width that they are to be centred in, instead of the window.
    With `on_ground` they stand on a panel, so that nothing of the arena shines through.
    """
    height = round(size * unit)
    left, room = (height, screen.get_width() - 2 * height) if between is None else between
    width = min(round(_WIDEST * unit), room) if between is None else room
    y, leading = top, round(height * _LEADING / _SIZE)
    lines = wrapped(texts, text, height, width)
    faces = [
        texts.fit(line, height, room + (height if between is None else 0), colour=colour) if line else None
        for line in lines
    ]
    widest = max((face.get_width() for face in faces if face is not None), default=0)
    # Without words there is nothing to stand upon it.
    if on_ground and widest > height:
        ground = pygame.Rect(0, top - height // 4, widest + height, leading * len(lines) + height // 4)
        ground.centerx = left + room // 2
        draw_ground(screen, ground, radius=height // 2)
    for face in faces:
        if face is not None:
            screen.blit(face, face.get_rect(midtop=(left + room // 2, y)))
        y += leading
    return y


def _pieces(texts: TextCache, word: str, size: int, width: int) -> list[str]:
    """The word, cut as often as it takes to get into lines of `width` pixels."""
    pieces: list[str] = []
    while texts.width(word, size) > width and len(word) > 1:
        length = max(len(word) * width // texts.width(word, size), 1)
        while length > 1 and texts.width(word[:length], size) > width:
            length -= 1
        # Where no spaces are written, a line begins with no mark that ends a sentence.
        while length > 1 and word[length] in _NEVER_FIRST:
            length -= 1
        pieces.append(word[:length])
        word = word[length:]
    return [*pieces, word]
