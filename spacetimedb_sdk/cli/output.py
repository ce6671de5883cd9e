"""What commands print: aligned tables for people on a terminal, plain lines for programs in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["json_line", "line", "note", "on_terminal", "table", "visible"]

_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"})
_GAP = "  "


def visible(text: str) -> str:
    """`text` with every letter that a terminal would obey, or that would turn its lines around, as an escape.

    A row may hold whatever its writer liked: a new title for the window, another line over this one.
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode()
        for letter in text
    )


def on_terminal() -> bool:
    """Whether somebody reads along."""
    return sys.stdout.isatty()


def line(text: str) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(f"{visible(text) if on_terminal() else text}\n")
    sys.stdout.flush()


def json_line(value: Any) -> None:
    line(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def note(text: str) -> None:
    """A remark for people; a pipe does not get it."""
    sys.stderr.write(f"{visible(text)}\n")
    sys.stderr.flush()


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows of text under a heading: aligned on a terminal, separated by tabs in a pipe (tab, newline and backslash escaped)."""
    cells = [[cell.translate(_ESCAPES) for cell in row] for row in rows]
    if on_terminal():
        cells = [[visible(cell) for cell in row] for row in cells]
    else:
        for row in [list(heading), *cells]:
            line("\t".join(row))
        return
    widths = [max(len(cell) for cell in column) for column in zip(heading, *cells, strict=True)]
    for row in [[name.upper() for name in heading], *cells]:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        line(_GAP.join(padded).rstrip())
