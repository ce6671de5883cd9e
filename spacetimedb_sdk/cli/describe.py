"""`describe`: what a database has."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ..sats.algebraic_type import ProductType
from ..sats.readable import TypeNames
from ..sats.schema.module_def import ModuleDef, TableDef
from ..sats.schema.versions import read_schema
from ..system.plain_text import close_to, listed
from . import output
from .errors import CommandError
from .session import Session, add_server_options

__all__ = ["add_describe", "items_of"]


def add_describe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", metavar="DATABASE", help="its name or identity")
    parser.add_argument("name", metavar="NAME", nargs="?", help="one table, to list its columns")
    parser.add_argument("--json", action="store_true", help="the module definition as the server sends it")
    add_server_options(parser)
    parser.set_defaults(run=describe)


def describe(options: argparse.Namespace) -> None:
    session = Session(options.server, options.database, options.token)
    schema = session.run(lambda http: http.schema(options.database))
    if options.json:
        output.json_line(schema)
        return
    module = read_schema(schema).flattened()
    if options.name is None:
        output.table(("kind", "name", "access", "signature"), items_of(module))
        return
    tables = {table.name: table for table in module.tables}
    if options.name not in tables:
        raise CommandError(
            f"{options.database} has no table {options.name!r}{close_to(options.name, tables)}: there are {listed(sorted(tables))}"
        )
    output.table(("column", "type", "key"), _columns(tables[options.name], module))


def items_of(module: ModuleDef) -> Iterator[tuple[str, str, str, str]]:
    """Kind, name, access and signature of everything that a module has."""
    names = TypeNames(module)
    for table in sorted(module.tables, key=lambda t: t.name):
        kind = "event table" if table.is_event else "table"
        columns = ProductType(table.columns(module.typespace))
        yield kind, table.name, "public" if table.is_public else "private", names.of(columns)
    for view in sorted(module.views, key=lambda v: v.name):
        yield "view", view.name, "public" if view.is_public else "private", names.of(view.return_type)
    for reducer in sorted(module.reducers, key=lambda r: r.name):
        access = "public" if reducer.lifecycle is None and not reducer.is_private else "private"
        yield "reducer", reducer.name, access, names.of(reducer.params)
    for procedure in sorted(module.procedures, key=lambda p: p.name):
        access = "private" if procedure.is_private else "public"
        signature = f"{names.of(procedure.params)} -> {names.of(procedure.return_type)}"
        yield "procedure", procedure.name, access, signature


def _columns(table: TableDef, module: ModuleDef) -> Iterator[tuple[str, str, str]]:
    names = TypeNames(module)
    unique = {item.columns[0] for item in table.constraints if len(item.columns) == 1}
    indexed = {column for index in table.indexes for column in index.columns}
    for index, column in enumerate(table.columns(module.typespace)):
        key = "index" if index in indexed else ""
        if index == table.primary_key:
            key = "primary key"
        elif index in unique:
            key = "unique"
        yield column.name or str(index), names.of(column.type), key
