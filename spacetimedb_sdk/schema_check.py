"""Whether a database is the one that bindings were generated from: asked before the connection is opened.

Bytes of rows do not say what they are. A column that was added, or two that changed places, may decode into rows that are
wrong and look right; with `verify_schema=True` a client asks the server first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .bindings import ModuleBindings
from .errors import SchemaMismatchError
from .sats.algebraic_type import (
    AlgebraicType,
    ArrayType,
    Element,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    Typespace,
)
from .sats.module_def import ModuleDef

__all__ = ["check_schema"]


def check_schema(bindings: ModuleBindings, definition: ModuleDef) -> None:
    """SchemaMismatchError for the first difference that this client would meet; what the server has besides is fine."""
    for kind, name, detail in _differences(bindings, definition.flattened()):
        raise SchemaMismatchError(name, detail, kind=kind)


def _differences(bindings: ModuleBindings, server: ModuleDef) -> Iterator[tuple[str, str, str]]:
    """Kind, name and detail of each."""
    compared = _Comparison(bindings.typespace, server.typespace)
    tables = {table.name: table for table in server.tables if table.is_public}
    views = {view.name for view in server.views}
    for name, info in bindings.tables.items():
        if info.is_view:
            if name not in views:
                yield "view", name, "the server has no such view"
            continue
        table = tables.get(name)
        if table is None:
            yield "table", name, "the server has no such public table"
            continue
        found = compared.types(Ref(info.row), Ref(table.row_ref), "a row")
        if found:
            yield "table", name, found
        columns = table.columns(server.typespace)
        key = None if table.primary_key is None else columns[table.primary_key].name
        if key != info.primary_key:
            yield (
                "table",
                name,
                f"the primary key is {key or 'none'} on the server, {info.primary_key or 'none'} here",
            )
    reducers = {item.name: item.params for item in server.reducers}
    procedures = {item.name: item.params for item in server.procedures}
    ours = {name: reducer.params for name, reducer in bindings.reducers.items()}
    yield from _functions("reducer", compared, ours, reducers)
    ours = {name: procedure.params for name, procedure in bindings.procedures.items()}
    yield from _functions("procedure", compared, ours, procedures)


def _functions(
    kind: str, compared: _Comparison, ours: Mapping[str, ProductType], theirs: Mapping[str, ProductType]
) -> Iterator[tuple[str, str, str]]:
    for name, params in ours.items():
        if name not in theirs:
            yield kind, name, f"the server has no such {kind}"
            continue
        found = compared.types(params, theirs[name], "what it takes")
        if found:
            yield kind, name, found


class _Comparison:
    """Types of two typespaces, compared by their shape and the names in it."""

    def __init__(self, ours: Typespace, theirs: Typespace) -> None:
        self._ours = ours
        self._theirs = theirs
        # A type may hold itself: a pair that is being compared counts as equal.
        self._seen: set[tuple[int, int]] = set()

    def types(self, ours: AlgebraicType, theirs: AlgebraicType, where: str) -> str | None:
        """The first difference in words, or None."""
        if isinstance(ours, Ref) and isinstance(theirs, Ref):
            pair = (ours.index, theirs.index)
            if pair in self._seen:
                return None
            self._seen.add(pair)
        one, other = self._ours.resolve(ours), self._theirs.resolve(theirs)
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
