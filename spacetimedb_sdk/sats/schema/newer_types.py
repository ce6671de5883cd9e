"""Types that servers of 1.x do not know: a module that has one of them anywhere is refused there as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from ..algebraic_type import UUID, AlgebraicType, ArrayType, ProductType, SumType, result_of
from .module_def import ModuleDef

__all__ = ["newer_types"]

_UUID, _RESULT = "a UUID", "a result"


def newer_types(definition: ModuleDef) -> list[str]:
    """Each place in `definition` with such a type, `item.key is a UUID`: columns by their tables' names, fields and variants
    by their types', parameters by their reducers'."""
    tables: dict[int, list[str]] = {}
    for table in definition.tables:
        tables.setdefault(table.row_ref, []).append(table.name)
    found = [
        place
        for named in definition.types
        for name in tables.get(named.ref, [".".join((*named.scope, named.name))])
        for place in _places(name, definition.typespace.types[named.ref])
    ]
    for reducer in definition.reducers:
        found += _places(f"reducer {reducer.name}", reducer.params)
    return found


def _places(of: str, type_: AlgebraicType) -> Iterator[str]:
    elements = type_.elements if isinstance(type_, ProductType) else ()
    for element in type_.variants if isinstance(type_, SumType) else elements:
        # A type of a name is a reference here, and has its own turn.
        for kind in dict.fromkeys(_within(element.type)):
            itself = element.type == UUID or (result_of(element.type) is not None and kind == _RESULT)
            yield f"{of}.{element.name} {'is' if itself else 'has'} {kind}"


def _within(type_: AlgebraicType) -> Iterator[str]:
    if type_ == UUID:
        yield _UUID
        return
    if result_of(type_) is not None:
        yield _RESULT
    match type_:
        case ArrayType(inner):
            yield from _within(inner)
        case ProductType(elements) | SumType(elements):
            for element in elements:
                yield from _within(element.type)
        case _:
            pass
