"""The clipboard of the system, as text; where there is none, one of this program's own."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager

import pygame
import pygame.scrap

__all__ = ["copy", "paste"]

log = logging.getLogger(__name__)

# Bytes that are taken from a clipboard at the most: it may hold a whole book.
_MOST = 4096
# What was copied last, for where the system keeps nothing.
_copied = ""


@contextmanager
def _opened() -> Generator[None]:
    """Around what asks the system's clipboard. pygame-ce has newer names for it, pygame has these alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        if not pygame.scrap.get_init():
            pygame.scrap.init()
        yield


def copy(text: str) -> None:
    """Put a text there."""
    global _copied  # one clipboard for one program, as there is one for one system
    _copied = text
    try:
        with _opened():
            pygame.scrap.put(pygame.SCRAP_TEXT, text.encode("utf-8", "replace"))
    except pygame.error as error:
        log.info("the system keeps no clipboard: %s", error)


def paste() -> str:
    """What is there, on one line."""
    held: bytes | None = None
    try:
        with _opened():
            held = pygame.scrap.get(pygame.SCRAP_TEXT)
    except pygame.error as error:
        log.info("the system keeps no clipboard: %s", error)
    text = _copied if not held else held[:_MOST].decode("utf-8", "ignore")
    return " ".join(text.replace("\0", "").split())
