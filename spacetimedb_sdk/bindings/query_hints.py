"""Hints for refused queries: what was meant, worked out from the server's own text and the tables that are known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..system.plain_text import close_to, letters_of

__all__ = ["query_hint"]

# How servers of 1.x and of 2.x say that there is no such table, and that there is no such column.
_NO_TABLE = re.compile(r"`([^`]+)` is not a valid table|no such table: `([^`]+)`")
_NO_COLUMN = re.compile(r"`([^`]+)` is not in scope")
# What people know from other databases, and no SpacetimeDB has.
_FOREIGN = re.compile(
    r"\b(ORDER\s+BY|GROUP\s+BY|HAVING|DISTINCT|OFFSET|LIKE|BETWEEN|UNION|LEFT|RIGHT|OUTER|SUM|AVG|MIN|MAX)\b"
)
_TEXT = re.compile(r"'(?:[^']|'')*'")


def query_hint(message: str, queries: Iterable[str], tables: Mapping[str, Iterable[str]]) -> str:
    """What a refusal of `queries` does not say, for brackets behind it; nothing where nothing is known.

    `message` is the server's, `tables` has the columns of each table by name.
    """
    if (unknown := _NO_TABLE.search(message)) is not None:
        return _table_hint(unknown.group(1) or unknown.group(2), tables)
    asked = [_TEXT.sub("''", query) for query in queries]
    if (unknown := _NO_COLUMN.search(message)) is not None:
        words = {word for query in asked for word in re.findall(r"\w+", query)}
        columns = [column for table in words & tables.keys() for column in tables[table]]
        return close_to(unknown.group(1), columns).removeprefix(", ")
    foreign = {" ".join(word.split()) for query in asked for word in _FOREIGN.findall(query.upper())}
    if not foreign or not message.startswith(("Unsupported", "sql parser error", "SQL parser error")):
        return ""
    return f"SpacetimeDB's SQL has no {', '.join(sorted(foreign))}: ask for the rows and do that in Python"


def _table_hint(asked: str, tables: Mapping[str, Iterable[str]]) -> str:
    meant = [name for name in tables if letters_of(name) == letters_of(asked) and name != asked]
    if meant:
        return f"on this server it is called {', '.join(meant)}"
    # A table that is known and refused all the same is private, or not on this server: another name is no help.
    return "" if asked in tables else close_to(asked, tables).removeprefix(", ")
