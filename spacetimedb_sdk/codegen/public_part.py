"""The part of a module definition that a client can see, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from ..sats.algebraic_type import (
    AlgebraicType,
    Element,
    ProductType,
    Ref,
    Typespace,
)
from ..sats.json.types import elements_to_json, type_to_json
from ..sats.schema.module_def import ModuleDef, TableDef, ViewDef, shifted

__all__ = ["fingerprint", "public_part"]


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
    """What a client can see: public tables and views, callable reducers and procedures, and the types they use.

    Submodules are joined in, everything is sorted by name, slots are renumbered.
    """
    whole = definition.flattened()
    new = _Renumbering(whole.typespace)
    tables = []
    for table in sorted(whole.tables, key=lambda t: t.name):
        if table.is_public:
            table.columns(whole.typespace)  # SchemaError where the row is no product
            tables.append(replace(table, row_ref=new.slot(table.row_ref)))
    views = []
    for view in sorted(whole.views, key=lambda v: v.name):
        if view.is_public:
            key = view.primary_key or _inherited_key(view, whole)
            views.append(replace(view, return_type=new.visit(view.return_type), primary_key=key))
    reducers = []
    for reducer in sorted(whole.reducers, key=lambda r: r.name):
        if reducer.lifecycle is None and not reducer.is_private:
            reducers.append(replace(reducer, params=ProductType(new.elements(reducer.params.elements))))
    procedures = []
    for procedure in sorted(whole.procedures, key=lambda p: p.name):
        if not procedure.is_private:
            params = ProductType(new.elements(procedure.params.elements))
            returned = new.visit(procedure.return_type)
            procedures.append(replace(procedure, params=params, return_type=returned))
    types = [replace(item, ref=new.slots[item.ref]) for item in whole.types if item.ref in new.slots]
    return ModuleDef(
        typespace=Typespace(tuple(new.types)),
        types=tuple(sorted(types, key=lambda t: (t.scope, t.name))),
        tables=tuple(tables),
        reducers=tuple(reducers),
        procedures=tuple(procedures),
        views=tuple(views),
    )


def _inherited_key(view: ViewDef, definition: ModuleDef) -> tuple[str, ...]:
    """The view of a query builder has the primary key of the tables with its row type, where they agree on one."""
    row = view.row
    if not isinstance(view.return_type, ProductType):
        return ()
    keys = {table.primary_key for table in definition.tables if table.row_ref == row.index}
    (key,) = keys if len(keys) == 1 else (None,)
    columns = definition.typespace.resolve(row)
    if key is None or not isinstance(columns, ProductType):
        return ()
    return (columns.elements[key].name or "",)


def fingerprint(definition: ModuleDef) -> str:
    """SHA-256, in hex, of the public part as canonical JSON: equal for definitions that give equal bindings."""
    public = public_part(definition)
    described: dict[str, object] = {
        "typespace": [type_to_json(type_) for type_ in public.typespace.types],
        "types": [[*item.scope, item.name, item.ref] for item in public.types],
        "tables": [_described_table(table, public.typespace) for table in public.tables],
        "views": [[view.name, view.row.index, list(view.primary_key)] for view in public.views],
        "reducers": [
            [reducer.name, elements_to_json(reducer.params.elements)] for reducer in public.reducers
        ],
        "procedures": [
            [item.name, elements_to_json(item.params.elements), type_to_json(item.return_type)]
            for item in public.procedures
        ],
    }
    canonical = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _described_table(table: TableDef, typespace: Typespace) -> dict[str, object]:
    columns = table.columns(typespace)

    def names(indexes: tuple[int, ...]) -> list[str | None]:
        return [columns[index].name for index in indexes]

    return {
        "name": table.name,
        "row": table.row_ref,
        "primary_key": None if table.primary_key is None else names((table.primary_key,)),
        "unique": sorted(json.dumps(names(item.columns)) for item in table.constraints),
        "indexes": sorted(json.dumps(names(index.columns)) for index in table.indexes),
        "is_event": table.is_event,
    }
