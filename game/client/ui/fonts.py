"""Fonts: pygame's own, and those of the system for letters that it lacks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache, lru_cache

import pygame

from game.language import LANGUAGES

__all__ = ["can_write", "lacks", "system_fonts"]

log = logging.getLogger(__name__)

# No font has a letter here: what it draws for this one is what it draws for every letter that it lacks.
_NOWHERE = "\ue000"
# Pixels: any size has the same letters.
_PROBED = 16
# What Windows, macOS and the Linux desktops bring along, those first that write Japanese as the Japanese do; each as pygame's font list spells it.
_KNOWN = (
    "notosanscjkjp", "notosansjp", "sourcehansansjp", "yugothic", "meiryo", "msgothic", "hiraginosans", "hiraginokakugothicpro",
    "ipaexgothic", "ipagothic", "ipapgothic", "takaogothic", "takaopgothic", "vlgothic", "vlpgothic", "notosanscjksc",
    "notosanscjk", "sourcehansans", "microsoftyahei", "malgungothic", "pingfang", "applesdgothicneo", "arialunicodems",
    "arialunicode", "wenquanyimicrohei", "wenquanyizenhei", "droidsansfallback", "unifont", "notosans", "notosansarabic", "notosanshebrew",
    "notosansthai", "notosansdevanagari", "segoeui", "segoeuisymbol", "segoeuiemoji", "notoemoji", "symbola", "geezapro",
    "leelawadeeui", "nirmalaui", "tahoma", "dejavusans", "freesans", "freeserif", "liberationsans",
)  # fmt: skip


def lacks(font: pygame.font.Font, text: str) -> bool:
    """Whether a font has no picture for some letter of a text."""
    if text.isascii():
        return False
    nothing = font.metrics(_NOWHERE)[0]
    # The stubs of pygame leave out that a letter may have no metrics.
    return any(
        metrics is None or metrics == nothing  # pyright: ignore[reportUnnecessaryComparison]
        for metrics in font.metrics(text)
    )


@lru_cache(maxsize=1)
def system_fonts() -> tuple[str, ...]:
    """The files of fonts that may have what pygame's own lacks; looked for once, when the first such letter comes."""
    # Nor do they say that a font may be missing.
    found: list[str | None] = [pygame.font.match_font(name) for name in _KNOWN]
    files = tuple(dict.fromkeys(file for file in found if file is not None))
    if not files:
        log.info("the system has no font for letters that pygame's own lacks")
    return files


@cache
def can_write(language: str) -> bool:
    """Whether a language can be drawn here, with pygame's own font or one of the system's: judged by its own name."""
    sample = LANGUAGES[language]
    return sample.isascii() or any(not lacks(font, sample) for font in _candidates())


def _candidates() -> Iterator[pygame.font.Font]:
    yield pygame.font.Font(None, _PROBED)
    for file in system_fonts():
        try:
            yield pygame.font.Font(file, _PROBED)
        except (pygame.error, OSError):
            # Listed, and not to be read: as if it were not there.
            continue
