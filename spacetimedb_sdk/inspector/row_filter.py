"""The filter of a table: words that a row must have, and comparisons of its columns.

    sword level>=5 owner~c200 position.x<100 name="long sword"

All of them must hold. A word stands in any cell; `~` means that it stands in that column; upper and lower case are alike. What
has a blank or a sign of comparison in it stands in quotes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from ..errors import SpacetimeDBException
from ..system.plain_text import close_to
from .columns import TableColumns

__all__ = ["FilterError", "Matches", "row_filter"]

Matches = Callable[[Any], bool]

_TERM = re.compile(
    r"""(?P<column>[^\s"<>=!~]+)(?P<sign><=|>=|!=|=|<|>|~)(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))"""
    r"""|"(?P<phrase>[^"]*)"|(?P<word>[^\s"<>=!~]+)(?=\s|$)"""
)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FilterError(SpacetimeDBException):
    """What was typed is no filter of this table; the text says why."""


def row_filter(text: str, columns: TableColumns) -> Matches | None:
    """What tells whether a row fits; None where every row does. FilterError."""
    terms: list[Matches] = []
    position = 0
    text = text.strip()
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise FilterError(f"cannot read {text[position:]!r}: a comparison needs a value, quotes an end")
        if found["column"] is None:
            terms.append(_word(found["phrase"] or found["word"] or "", columns))
        else:
            value = found["plain"] if found["quoted"] is None else found["quoted"]
            terms.append(_comparison(found["column"], found["sign"], value, columns))
        position = found.end()
        while position < len(text) and text[position].isspace():
            position += 1
    if not terms:
        return None
    if len(terms) == 1:
        return terms[0]
    return lambda row: all(term(row) for term in terms)


def _word(word: str, columns: TableColumns) -> Matches:
    wanted = word.casefold()
    texts = [column.text for column in columns.columns]
    return lambda row: any(wanted in text(row).casefold() for text in texts)


def _comparison(name: str, sign: str, value: str, columns: TableColumns) -> Matches:
    number = columns.number(name)
    if number is not None and sign != "~":
        return _number(name, number.get, _COMPARED[sign], value)
    column = next((column for column in columns.columns if column.name == name), None)
    if column is None:
        known = [*(column.name for column in columns.columns), *(number.path for number in columns.numbers)]
        known = list(dict.fromkeys(known))
        raise FilterError(f"there is no column {name}{close_to(name, known)}: there are {', '.join(known)}")
    text, wanted = column.text, value.casefold()
    if sign == "~":
        return lambda row: wanted in text(row).casefold()
    compare = _COMPARED[sign]
    return lambda row: compare(text(row).casefold(), wanted)


def _number(name: str, get: Callable[[Any], Any], compare: Callable[[Any, Any], bool], value: str) -> Matches:
    wanted: int | float
    try:
        wanted = int(value)
    except ValueError:
        try:
            wanted = float(value)
        except ValueError:
            raise FilterError(f"{name} is a number, {value!r} is none") from None
    return lambda row: (found := get(row)) is not None and compare(found, wanted)
