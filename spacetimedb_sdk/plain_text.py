"""Plain text: texts of others made fit for what they are put into (UTF-8, a terminal, a log file, a traceback).

A name, a reducer's error or a log line is chosen by somebody else: a lone surrogate in it cannot be encoded, and control
characters forge lines, colours and titles on the terminal that shows them.
"""

from __future__ import annotations

import re

__all__ = ["encodable", "error_text", "one_line", "printable"]

# C0 but tabulator and line feed, DEL, C1, marks and embeddings of direction, line and paragraph separators, surrogates.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ACTIVE_OR_BREAK = re.compile(_ACTIVE.pattern[:-1] + "\t\n]")


def encodable(text: str) -> str:
    """`text` as UTF-8 can hold it: in the place of a lone surrogate stands U+FFFD, as everywhere in Unicode."""
    return _SURROGATE.sub("\ufffd", text)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def printable(text: str) -> str:
    """`text` without characters that act on a terminal: they become escapes as JSON has them, `\\u001b`. Line feeds and
    tabulators stay."""
    return _ACTIVE.sub(_escape, text)


def one_line(text: str) -> str:
    """The same, and line feeds and tabulators are escaped too."""
    return _ACTIVE_OR_BREAK.sub(_escape, text)


def error_text(error: BaseException) -> str:
    """What `error` says, as UTF-8 can hold it. One whose own `__str__` fails says that."""
    try:
        text = str(error)
    except BaseException as failure:  # noqa: BLE001 - a class of others: its `__str__` may do anything, even exit
        text = f"<its text could not be made: {type(failure).__name__}>"
    # A plain str, whatever the error's own kind of text is.
    return str.__str__(encodable(text))
