"""Schema check: whether a database is the one that bindings were generated from, asked before the connection is opened.

Bytes of rows do not say what they are. A column that was added, or two that changed places, may decode into rows that are
wrong and look right, so a client asks the server first, unless `verify_schema=False`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..bindings.module import ModuleBindings, TableInfo
from ..errors import SchemaError, SchemaMismatchError
from ..sats.algebraic_type import (
    AlgebraicType,
    ArrayType,
    Element,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    Typespace,
)
from ..sats.schema.module_def import ModuleDef, TableDef, ViewDef

__all__ = ["check_schema"]


def check_schema(bindings: ModuleBindings, definition: ModuleDef, *, whole: bool = True) -> None:
    """SchemaMismatchError for the first difference that this client would meet; what the server has besides is fine.

    Without `whole`, what the server has none of is fine, too: it refuses a call or a query that names it, and misreads
    nothing.
    """
    for found in _differences(bindings, definition.flattened()):
        if whole or not found.is_absence:
            raise SchemaMismatchError(found.name, found.detail, kind=found.kind)


@dataclass(frozen=True, slots=True)
class _Difference:
    """One thing of the bindings that is another on the server, or is not there."""

    kind: str
    name: str
    detail: str
    is_absence: bool = False


def _absent(kind: str, name: str, what: str) -> _Difference:
    return _Difference(kind, name, f"the server has no such {what}", is_absence=True)


def _differences(bindings: ModuleBindings, server: ModuleDef) -> Iterator[_Difference]:
    compared = _Comparison(bindings.typespace, server.typespace)
    tables = {table.name: table for table in server.tables if table.is_public}
    views = {view.name: view for view in server.views if view.is_public}
    for name, info in bindings.tables.items():
        kind = "view" if info.is_view else "table"
        if name not in (views if info.is_view else tables):
            yield _absent(kind, name, f"public {kind}")
            continue
        found = _view(compared, info, views[name]) if info.is_view else _table(compared, info, tables[name])
        if found:
            yield _Difference(kind, name, found)
    reducers = {item.name: item.params for item in server.reducers}
    procedures = {item.name: item.params for item in server.procedures}
    ours = {name: reducer.params for name, reducer in bindings.reducers.items()}
    yield from _functions("reducer", compared, ours, reducers)
    ours = {name: procedure.params for name, procedure in bindings.procedures.items()}
    yield from _functions("procedure", compared, ours, procedures)
    for theirs in server.procedures:
        mine = bindings.procedures.get(theirs.name)
        if mine is not None:
            found = compared.types(mine.return_type, theirs.return_type, "what it returns")
            if found:
                yield _Difference("procedure", theirs.name, found)


def _table(compared: _Comparison, ours: TableInfo, theirs: TableDef) -> str | None:
    """The first difference in words, or None."""
    found = compared.types(Ref(ours.row), Ref(theirs.row_ref), "a row")
    if found:
        return found
    columns = [column.name for column in theirs.columns(compared.theirs)]
    key = None if theirs.primary_key is None else columns[theirs.primary_key]
    if key != ours.primary_key:
        return f"the primary key is {key or 'none'} on the server, {ours.primary_key or 'none'} here"
    unique = {columns[part.columns[0]] for part in theirs.constraints if len(part.columns) == 1} | {key}
    for column in ours.unique:
        if column not in unique:
            return f"{column} is unique here, on the server several rows may have the same"
    # A definition of version 9 does not say which tables are event tables.
    if theirs.is_event and not ours.is_event:
        return "it is an event table on the server, whose rows are not kept"
    return None


def _view(compared: _Comparison, ours: TableInfo, theirs: ViewDef) -> str | None:
    try:
        row = theirs.row
    except SchemaError as error:
        return str(error)
    return compared.types(Ref(ours.row), row, "a row")


def _functions(
    kind: str, compared: _Comparison, ours: Mapping[str, ProductType], theirs: Mapping[str, ProductType]
) -> Iterator[_Difference]:
    for name, params in ours.items():
        if name not in theirs:
            yield _absent(kind, name, kind)
            continue
        found = compared.types(params, theirs[name], "what it takes")
        if found:
            yield _Difference(kind, name, found)


class _Comparison:
    """Types of two typespaces, compared by their shape and the names in it."""

    def __init__(self, ours: Typespace, theirs: Typespace) -> None:
        self.ours = ours
        self.theirs = theirs
        # A type may hold itself: a pair that is being compared counts as equal.
        self._seen: set[tuple[int, int]] = set()

    def types(self, ours: AlgebraicType, theirs: AlgebraicType, where: str) -> str | None:
        """The first difference in words, or None."""
        if isinstance(ours, Ref) and isinstance(theirs, Ref):
            pair = (ours.index, theirs.index)
            if pair in self._seen:
                return None
            self._seen.add(pair)
        one, other = self.ours.resolve(ours), self.theirs.resolve(theirs)
        match one, other:
            case PrimitiveType(), PrimitiveType() if one == other:
                return None
            case ArrayType(mine), ArrayType(its):
                return self.types(mine, its, f"an element of {where}")
            case (ProductType(mine), ProductType(its)) | (SumType(mine), SumType(its)):
                return self._elements(mine, its, where)
        return f"{where} is {_shown(other)} on the server, {_shown(one)} here"

    def _elements(self, ours: tuple[Element, ...], theirs: tuple[Element, ...], where: str) -> str | None:
        names, others = ([element.name or "?" for element in part] for part in (ours, theirs))
        if names != others:
            return f"{where} has ({', '.join(others)}) on the server, ({', '.join(names)}) here"
        for mine, its in zip(ours, theirs, strict=True):
            found = self.types(mine.type, its.type, f"{mine.name or 'a part'} of {where}")
            if found:
                return found
        return None


def _shown(type_: AlgebraicType) -> str:
    match type_:
        case PrimitiveType(name):
            return name
        case ArrayType():
            return "an array"
        case SumType():
            return "a sum"
    return "a product"
