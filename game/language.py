"""Language: in what a player is addressed. English texts are what the others are found by, in gettext's catalogues.

One language for one program: widgets hold the English text and are drawn in the language of the moment, so that another one
shows at once. Until a window is opened it is English, and so are the words of the command line.
"""

from __future__ import annotations

import gettext as catalogues
import locale
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
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
    """A text in the language of the moment; in English where no catalogue has it."""
    return text if isinstance(text, Verbatim) or not text else _spoken.catalogue.gettext(text)


def ngettext(one: str, several: str, count: int) -> str:
    """The same, for so many."""
    return _spoken.catalogue.ngettext(one, several, count)


def pgettext(context: str, text: str) -> str:
    """The same, for a word that means different things in different places."""
    return _spoken.catalogue.pgettext(context, text)


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
    with (files("game") / "locale" / name / "LC_MESSAGES" / "blackholio.mo").open("rb") as file:
        return catalogues.GNUTranslations(file)
