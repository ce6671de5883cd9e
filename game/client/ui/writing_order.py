"""Writing order: how the letters of a line stand side by side. Hebrew and Arabic run from right to left, their numbers do not.

It is the part of Unicode's bidirectional algorithm that a line without control characters needs. pygame's fonts draw from left to right whatever they are given,
and join Arabic letters that stand in the order of the eye.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

__all__ = ["caret_places", "clusters", "visual_text"]

_RIGHT = frozenset({"R", "AL"})
_NUMBERS = frozenset({"EN", "AN"})
# What belongs to a number that it stands within: 3.14, 12:30.
_WITHIN_NUMBERS = frozenset({"CS", "ES"})
_MIRRORED = dict(zip("()[]{}<>«»", ")(][}{><»«", strict=True))
# Joins pictures to one: a letter before it and the one behind it stay together.
_JOINER = "\u200d"


def _runs_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(letter) in _RIGHT for letter in text)


def clusters(text: str) -> Iterator[str]:
    """The letters of a text, each with the marks upon it and what is joined to it."""
    for indexes in _clusters(text):
        yield text[indexes[0] : indexes[-1] + 1]


def caret_places(text: str) -> list[tuple[int, bool]] | None:
    """For the caret before each letter, and behind the last: a letter of `visual_text` and whether it stands behind that one.

    None for a text that runs to the right: there it is behind as many letters as it has before it.
    """
    if not _runs_left(text):
        return None
    levels = _levels(text)
    place = {index: at for at, index in enumerate(_visual_order(text))}
    # At its beginning it stands before the first letter, else behind the last one that was written.
    first = [(place[0], levels[0] % 2 == 1)]
    return first + [(place[index], levels[index] % 2 == 0) for index in range(len(text))]


def _visual_order(text: str) -> list[int]:
    """The indexes of a text's letters from left to right; marks stay behind the letter that they are upon."""
    levels, order = _levels(text), _clusters(text)
    # From the innermost level outwards, each run that is at least as deep is turned round.
    for level in range(max(levels), 0, -1):
        deep = [levels[cluster[0]] >= level for cluster in order]
        turned: list[list[int]] = []
        for is_deep, run in groupby(zip(deep, order, strict=True), itemgetter(0)):
            part = [cluster for _, cluster in run]
            turned += part[::-1] if is_deep else part
        order = turned
    return [index for cluster in order for index in cluster]


def visual_text(text: str) -> str:
    """The text as it stands from left to right, brackets turned where it runs the other way."""
    if not _runs_left(text):
        return text
    levels = _levels(text)
    return "".join(
        _MIRRORED.get(text[index], text[index]) if levels[index] % 2 else text[index]
        for index in _visual_order(text)
    )


def _levels(text: str) -> list[int]:
    """How deep each letter is embedded: even runs to the right, odd to the left."""
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    # The game's own languages run to the right: a sentence with a name in it does, and a name with such letters in it.
    base = int("L" not in kinds)
    sides: list[int | None] = []
    strong = base
    for index, kind in enumerate(kinds):
        if kind == "NSM":
            sides.append(sides[-1] if sides else base)
        elif kind == "L" or kind in _RIGHT:
            strong = int(kind in _RIGHT)
            sides.append(strong)
        elif kind in _NUMBERS or (
            kind in _WITHIN_NUMBERS
            and 0 < index < len(kinds) - 1
            and {kinds[index - 1], kinds[index + 1]} <= _NUMBERS
        ):
            # A number among letters that run to the left is deeper than they are; elsewhere it is as they are.
            sides.append(2 if strong else 0)
        else:
            sides.append(None)
    # What has no side of its own (spaces, signs) goes with both of its neighbours, or with the line.
    levels: list[int] = []
    before = base
    for index, side in enumerate(sides):
        if side is None:
            after = next((other for other in sides[index:] if other is not None), base)
            same = (before > 0) == (after > 0)
            side = int(before > 0) if same else base
        else:
            before = side
        levels.append(2 if base and side == 0 else side)
    return levels


def _clusters(text: str) -> list[list[int]]:
    """The indexes of the letters, each with the marks upon it and what is joined to it."""
    clusters: list[list[int]] = []
    for index, letter in enumerate(text):
        is_more = unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter == _JOINER
        if clusters and (is_more or text[index - 1] == _JOINER):
            clusters[-1].append(index)
        else:
            clusters.append([index])
    return clusters
