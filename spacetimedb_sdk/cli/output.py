"""Output of commands: aligned tables for people on a terminal, plain lines for programs in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from ..system.plain_text import json_text, one_line
from .errors import OutputError

__all__ = ["json_line", "line", "note", "on_terminal", "table"]

_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"})
_GAP = "  "


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def line(text: str) -> None:
    """One line on stdout, at once."""
    _write(one_line(text))


def _write(text: str) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        raise OutputError(error) from error


def json_line(value: object) -> None:
    text = json_text(value)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # the output is not UTF-8: JSON has escapes of its own
        text = json.dumps(value, separators=(",", ":"))
    _write(text)


def note(text: str) -> None:
    """A remark for people; a pipe does not get it."""
    sys.stderr.write(f"{one_line(text)}\n")
    sys.stderr.flush()


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows of text under a heading: aligned on a terminal, separated by tabs in a pipe (tab, newline and backslash escaped)."""
    names = _cells([name.upper() for name in heading] if on_terminal() else heading)
    cells = [names, *map(_cells, rows)]
    if not on_terminal():
        for row in cells:
            _write("\t".join(row))
        return
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        _write(_GAP.join(padded).rstrip())


def _cells(row: Sequence[str]) -> list[str]:
    # The names of columns are chosen by strangers as well as what stands in them.
    return [one_line(cell.translate(_ESCAPES)) for cell in row]
