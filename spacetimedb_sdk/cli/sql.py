"""`sql`: one statement, over HTTP."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ..bindings.query_hints import query_hint
from ..errors import DecodeError, HttpError, SchemaError, SpacetimeDBException
from ..sats.algebraic_type import Element, Typespace
from ..sats.bsatn.codec import CodecSpace
from ..sats.json.types import elements_from_json
from ..sats.readable import cell_writer, named_json
from ..sats.schema.depth import check_depth
from ..sats.schema.module_def import ModuleDef
from ..sats.schema.versions import read_schema
from . import output
from .errors import CommandError
from .session import Session, add_server_options

__all__ = ["add_sql", "private_hint"]

REFUSED = 400


def add_sql(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", metavar="DATABASE", help="its name or identity")
    parser.add_argument("query", metavar="QUERY", help="one statement; - reads it from stdin")
    parser.add_argument("--json", action="store_true", help="each row as a line of JSON")
    add_server_options(parser)
    parser.set_defaults(run=sql)


def sql(options: argparse.Namespace) -> None:
    session = Session(options.server, options.database, options.token, as_owner=True)
    query = sys.stdin.read() if options.query == "-" else options.query
    try:
        results = session.run(lambda http: http.sql(options.database, query))
    except HttpError as error:
        if error.status == REFUSED:
            message = error.body.strip()
            hint = _hint(session, message, query)
            raise CommandError(f"the server refused the query: {message}{hint}") from None
        raise
    for result in results:
        try:
            _show(result, as_json=options.json)
        except (KeyError, TypeError, DecodeError, SchemaError) as error:
            raise CommandError(
                f"the answer of the server makes no sense ({error}): is it a SpacetimeDB?"
            ) from error


def _hint(session: Session, message: str, query: str) -> str:
    try:
        module = read_schema(session.http.schema(session.database)).flattened()
    except SpacetimeDBException:  # what the server said of the query is what counts
        return ""
    tables = {
        table.name: [column.name or "" for column in table.columns(module.typespace)]
        for table in module.tables
    }
    hint = query_hint(message, [query], tables) or private_hint(module, message)
    return f" ({hint})" if hint else ""


def private_hint(module: ModuleDef, message: str) -> str:
    """What to do about the private tables that a server's refusal names; nothing where there are none."""
    private = [table.name for table in module.tables if not table.is_public and f"`{table.name}`" in message]
    return ", ".join(f"{name} is private: give the owner's token with --token" for name in private)


def _show(result: Any, *, as_json: bool) -> None:
    check_depth(result["schema"])
    columns = elements_from_json(result["schema"]["elements"], "result")
    rows = result["rows"]
    if not columns:
        _show_changes(result.get("stats") or {})
        return
    for row in rows:
        if not isinstance(row, list) or len(row) != len(columns):
            raise DecodeError(f"a row of it is no list of {_counted(len(columns), 'cell')}: {row!r:.80}")
    space = CodecSpace(Typespace(()), {})
    if as_json:
        names = _names(columns)
        writers = [named_json(space, column.type) for column in columns]
        for row in rows:
            output.json_line(
                {name: write(cell) for name, write, cell in zip(names, writers, row, strict=True)}
            )
        return
    cells = [cell_writer(space, column.type) for column in columns]
    output.table(
        _names(columns), ([write(cell) for write, cell in zip(cells, row, strict=True)] for row in rows)
    )
    if output.on_terminal():
        output.note(f"({_counted(len(rows), 'row')})")


def _show_changes(stats: object) -> None:
    if not isinstance(stats, dict):
        raise DecodeError(f"its counts are none: {stats!r:.80}")
    if output.on_terminal():
        changes = [
            f"{_counted(stats.get(f'rows_{word}', 0), 'row')} {word}"
            for word in ("inserted", "updated", "deleted")
        ]
        output.note(
            ", ".join(change for change in changes if not change.startswith("0 ")) or "nothing changed"
        )


def _names(columns: tuple[Element, ...]) -> list[str]:
    return [column.name or f"column_{index}" for index, column in enumerate(columns)]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
