"""Plain text: texts of others made fit for what they are put into (UTF-8, a terminal, a log file, JSON).

A name, a reducer's error or a log line is chosen by a stranger: a lone surrogate in it cannot be encoded, and control
characters forge lines, colours and titles on the terminal that shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

__all__ = [
    "LONGEST_TEXT",
    "LateText",
    "close_to",
    "encodable",
    "error_text",
    "json_text",
    "keep_text",
    "letters_of",
    "listed",
    "log_text",
    "one_line",
    "shortened",
]

# Of an error, or of one record of a log: who wants to read more than this looks elsewhere. To make a text of many megabytes
# fit for a terminal takes seconds.
LONGEST_TEXT = 64 << 10
# What is left of a word that was cut in two: it may be the end of a token.
_REST_OF_WORD = re.compile(r"[A-Za-z0-9_.%-]*")

# Where an error keeps its text, once that was made.
_TEXT = "_spacetimedb_text"
_SURROGATE = re.compile("[\ud800-\udfff]")
# The tokens of a server are JWTs: three parts of URL-safe base64, the first of which begins a JSON object.
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:(?:\.|%2[eE])[A-Za-z0-9_-]*){0,2}")


class LateText:
    """The text of an error, written by `write` when it is first read. `hasattr()` and `getattr()` with a default raise errors that
    are never read, and to look for the name that was meant takes a thousand times as long as to look it up."""

    __slots__ = ("_text", "_write")

    def __init__(self, write: Callable[[], str]) -> None:
        self._write = write
        self._text: str | None = None

    def __str__(self) -> str:
        text = self._text
        if text is None:
            text = self._text = self._write()
        return text

    def __repr__(self) -> str:
        return repr(str(self))

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def letters_of(name: str) -> str:
    """A name without what differs from language to language: `VERY_RARE`, `veryRare` and `VeryRare` are `veryrare`."""
    return name.replace("_", "").lower()


def close_to(name: str, known: Iterable[str]) -> str:
    """`, did you mean NAME` where one of those known is written much like `name`, otherwise nothing."""
    from difflib import get_close_matches  # only a mistake needs it

    plain = {letters_of(other): other for other in known}
    close = get_close_matches(letters_of(name), list(plain), 1)
    return f", did you mean {plain[close[0]]}" if close else ""


def listed(names: Iterable[str], at_most: int = 40) -> str:
    """`a, b, c` for a sentence: `none` where there are none, and how many more there are after so many."""
    every = list(names)
    more = f" and {len(every) - at_most} more" if len(every) > at_most else ""
    return f"{', '.join(every[:at_most])}{more}" or "none"


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """`text` with about `longest` characters, the end among them: where it is longer the middle is left out."""
    if len(text) <= longest:
        return text
    kept = longest // 4
    end = _REST_OF_WORD.sub("", text[-kept:], count=1)
    left_out = len(text) - 3 * kept - len(end)
    return f"{text[: 3 * kept]}... ({left_out} characters are left out) ...{end}"


def encodable(text: str) -> str:
    """`text` as UTF-8 can hold it: in the place of a lone surrogate stands U+FFFD, as everywhere in Unicode."""
    # Nearly all texts are: said in a hundredth of the time, which for the longest ones is a second.
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` with every letter that a terminal would obey, or that would turn its lines around, as an escape (`\\x1b`).

    A row may hold whatever its writer liked: a new title for the window, another line over this one.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode()
        for letter in text
    )


def json_text(value: object) -> str:
    """`value` as JSON in one line, with the same letters as JSON's own escapes: nothing is lost, nothing obeyed."""
    import json  # clients show no JSON

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)


def log_text(text: str) -> str:
    """The text of a log record: without tokens, each line after the first indented and none of them obeyed, so that only
    whole records begin at the left. Of a very long one the middle is left out."""
    first, *others = _TOKEN.sub("<token>", shortened(text)).split("\n")
    return "\n".join([one_line(first), *(f"  {one_line(line)}" for line in others)])


def error_text(error: BaseException) -> str:
    """What `error` says, as UTF-8 can hold it; of very much the middle is left out. One whose own `__str__` fails says that."""
    kept: object = getattr(error, "__dict__", {}).get(_TEXT)
    if type(kept) is str:
        return kept
    try:
        text = str(error)
    except BaseException as failure:  # noqa: BLE001 - a class of others: its `__str__` may do anything, even exit
        text = f"<its text could not be made: {type(failure).__name__}>"
    # A plain str, whatever the error's own kind of text is.
    return str.__str__(encodable(shortened(text)))


def keep_text(error: BaseException) -> None:
    """Makes the error's text here and now: `error_text` has it from then on, and runs no code of its class any more."""
    error.__dict__[_TEXT] = error_text(error)
