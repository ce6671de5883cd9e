"""The part of a module definition that a client can see, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from ..errors import SchemaError
from ..sats.algebraic_type import (
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    Ref,
    Typespace,
    option_of,
)
from ..sats.module_def import ModuleDef, ViewDef, shifted
from ..sats.type_json import elements_to_json, type_to_json

__all__ = ["fingerprint", "public_part", "view_row"]


def view_row(view: ViewDef) -> Ref:
    """The row type of a view: `Array(Ref)`, `Option(Ref)` or the product of a query builder (schema.md section 4)."""
    match view.return_type:
        case ArrayType(Ref() as row) | ProductType((Element("__query__", Ref() as row),)):
            return row
    inner = option_of(view.return_type)
    if isinstance(inner, Ref):
        return inner
    raise SchemaError(f"view {view.name!r} does not return rows: {view.return_type}")


class _Renumbering:
    """Slots in the order in which they are first needed, whatever their order in the definition."""

    def __init__(self, typespace: Typespace) -> None:
        self.typespace = typespace
        self.slots: dict[int, int] = {}
        self.types: list[AlgebraicType] = []

    def visit(self, type_: AlgebraicType) -> AlgebraicType:
        return shifted(type_, self.slot)

    def elements(self, elements: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(Element(element.name, self.visit(element.type)) for element in elements)

    def slot(self, index: int) -> int:
        if index not in self.slots:
            self.typespace.resolve(Ref(index))
            self.slots[index] = slot = len(self.types)
            self.types.append(ProductType())  # kept free: the type may contain itself
            self.types[slot] = self.visit(self.typespace.types[index])
        return self.slots[index]


def public_part(definition: ModuleDef) -> ModuleDef:
    """Public tables and views, callable reducers, and the types they use; sorted by name, slots renumbered."""
    new = _Renumbering(definition.typespace)
    tables = []
    for table in sorted(definition.tables, key=lambda t: t.name):
        if table.is_public:
            table.columns(definition.typespace)  # SchemaError where the row is no product
            tables.append(replace(table, row_ref=new.slot(table.row_ref)))
    views = []
    for view in sorted(definition.views, key=lambda v: v.name):
        if view.is_public:
            view_row(view)
            views.append(replace(view, return_type=new.visit(view.return_type)))
    reducers = []
    for reducer in sorted(definition.reducers, key=lambda r: r.name):
        if reducer.lifecycle is None and not reducer.is_private:
            reducers.append(replace(reducer, params=ProductType(new.elements(reducer.params.elements))))
    types = [replace(item, ref=new.slots[item.ref]) for item in definition.types if item.ref in new.slots]
    return ModuleDef(
        typespace=Typespace(tuple(new.types)),
        types=tuple(sorted(types, key=lambda t: (t.scope, t.name))),
        tables=tuple(tables),
        reducers=tuple(reducers),
        views=tuple(views),
    )


def fingerprint(definition: ModuleDef) -> str:
    """SHA-256, in hex, of the public part as canonical JSON: equal for definitions that give equal bindings."""
    public = public_part(definition)
    columns = {table.name: table.columns(public.typespace) for table in public.tables}

    def names(table: str, indexes: tuple[int, ...]) -> list[str | None]:
        return [columns[table][index].name for index in indexes]

    described: dict[str, Any] = {
        "typespace": [type_to_json(type_) for type_ in public.typespace.types],
        "types": [[*item.scope, item.name, item.ref] for item in public.types],
        "tables": [
            {
                "name": table.name,
                "row": table.row_ref,
                "primary_key": None if table.primary_key is None else names(table.name, (table.primary_key,)),
                "unique": sorted(json.dumps(names(table.name, item.columns)) for item in table.constraints),
                "indexes": sorted(json.dumps(names(table.name, index.columns)) for index in table.indexes),
                "is_event": table.is_event,
            }
            for table in public.tables
        ],
        "views": [[view.name, view_row(view).index, list(view.primary_key)] for view in public.views],
        "reducers": [
            [reducer.name, elements_to_json(reducer.params.elements)] for reducer in public.reducers
        ],
    }
    canonical = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
