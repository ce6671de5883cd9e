"""Language: in what a player is addressed. English texts are what the others are found by, in gettext's catalogues.

One language for one program: widgets hold the English text and are drawn in the language of the moment, so that another one
shows at once. Until a window is opened it is English, and so are the words of the command line.
"""

from __future__ import annotations

import gettext as catalogues
import locale
import logging
import os
import struct
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType

__all__ = [
    "AUTO",
    "LANGUAGES",
    "N_",
    "Verbatim",
    "current",
    "gettext",
    "ngettext",
    "pgettext",
    "system_language",
    "use",
]

# As each calls itself: who does not read this one looks for the own.
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "de": "Deutsch", "ja": "日本語"})
_SOURCE = "en"
# The preference of who wants what the system has.
AUTO = "auto"
# As GNU gettext looks for it.
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


# What a file that is no catalogue, or half of one, is told by: gettext looks at little of it.
_NO_CATALOGUE = (OSError, ValueError, LookupError, struct.error, ArithmeticError)
log = logging.getLogger("game.language")


class Verbatim(str):
    """A text that is the same in each language: a name, an address, a date that is written already."""

    __slots__ = ()


class _Spoken:
    """The language of the moment, and its catalogue."""

    def __init__(self) -> None:
        self.name = _SOURCE
        self.catalogue = catalogues.NullTranslations()


_spoken = _Spoken()


def use(name: str) -> None:
    """Speak a language from now on. KeyError for one that there is no catalogue of."""
    _spoken.catalogue, _spoken.name = _catalogue(name), name


def current() -> str:
    """The language of the moment."""
    return _spoken.name


def gettext(text: str) -> str:
    """A text in the language of the moment; in English where no catalogue has it, or has one with places to be filled that the
    English text has not: anybody may change a catalogue."""
    if isinstance(text, Verbatim) or not text:
        return text
    return _fitting(_spoken.catalogue.gettext(text), text, text)


def ngettext(one: str, several: str, count: int) -> str:
    """The same, for so many."""
    english = one if count == 1 else several
    try:
        return _fitting(_spoken.catalogue.ngettext(one, several, count), english, one + several)
    except ArithmeticError:  # a catalogue's own rule for how many are several
        return english


def pgettext(context: str, text: str) -> str:
    """The same, for a word that means different things in different places."""
    return _fitting(_spoken.catalogue.pgettext(context, text), text, text)


def _fitting(translated: str, english: str, source: str) -> str:
    """`translated` where it can be filled in wherever `source` can, else `english`."""
    if "{" not in translated and "}" not in translated:
        return translated
    return translated if _is_filled_like(translated, source) else english


@cache
def _is_filled_like(translated: str, source: str) -> bool:
    try:
        return _places(translated) <= _places(source)
    except ValueError:  # a brace without its partner
        return False


def _places(text: str) -> set[tuple[str, str | None, str | None]]:
    return {
        (name, format_, conversion)
        for _, name, format_, conversion in Formatter().parse(text)
        if name is not None
    }


def N_(text: str) -> str:
    """The text itself, which is looked up later: it marks what belongs into the catalogues."""
    return text


def system_language() -> str:
    """The first of the system's languages that there is a catalogue of, else English."""
    for name in _wishes():
        language = name.replace("-", "_").partition(".")[0].partition("_")[0].lower()
        if language in LANGUAGES:
            return language
        if language in ("c", "posix"):
            return _SOURCE
    return _SOURCE


def _wishes() -> Iterator[str]:
    """What the system asks for, the dearest first."""
    for variable in _VARIABLES:
        value = os.environ.get(variable)
        if value:
            yield from value.split(":")
            return
    if sys.platform == "win32":
        import ctypes

        # What the menus of Windows are in, which is not what its dates are written in.
        yield locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    yield locale.getlocale()[0] or ""


@cache
def _catalogue(name: str) -> catalogues.NullTranslations:
    if name not in LANGUAGES:
        raise KeyError(name)
    if name == _SOURCE:
        return catalogues.NullTranslations()
    # A resource, no path: the game may lie in a zip file.
    try:
        with (files("game") / "locale" / name / "LC_MESSAGES" / "blackholio.mo").open("rb") as file:
            return catalogues.GNUTranslations(file)
    except _NO_CATALOGUE as error:
        log.warning(
            "the texts in %s cannot be read, English ones are shown: %s",
            LANGUAGES[name],
            error or type(error).__name__,
        )
        return catalogues.NullTranslations()
