"""What a module defines, in the shape of RawModuleDef V10; older versions are read into it (spec: schema.md).

`name` is always the canonical name, the one on the wire and in SQL; `source_name` is what the author wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ...errors import SchemaError
from ..algebraic_type import (
    AlgebraicType,
    ArrayType,
    Element,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    Typespace,
    option_of,
)

__all__ = [
    "IndexDef",
    "Lifecycle",
    "ModuleDef",
    "ProcedureDef",
    "ReducerDef",
    "ScheduleDef",
    "SequenceDef",
    "SubmoduleDef",
    "TableDef",
    "TypeDef",
    "UniqueConstraintDef",
    "ViewDef",
    "shifted",
]


class Lifecycle(Enum):
    """When a lifecycle reducer runs; the values are the definition's tags."""

    INIT = 0
    ON_CONNECT = 1
    ON_DISCONNECT = 2


@dataclass(frozen=True, slots=True)
class TypeDef:
    """A named type: `ref` is its slot in the typespace."""

    name: str
    scope: tuple[str, ...]
    ref: int
    custom_ordering: bool = False


@dataclass(frozen=True, slots=True)
class IndexDef:
    """`algorithm` is `BTree`, `Hash` or `Direct`; without `accessor_name` the index has no method of its own."""

    name: str | None
    accessor_name: str | None
    algorithm: str
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UniqueConstraintDef:
    name: str | None
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SequenceDef:
    """An auto-increment column."""

    name: str | None
    column: int
    start: int | None = None
    min_value: int | None = None
    max_value: int | None = None
    increment: int = 1


@dataclass(frozen=True, slots=True)
class ScheduleDef:
    """A table whose rows are timers: `function_name` runs at the time in column `at_column`."""

    name: str | None
    function_name: str
    at_column: int


@dataclass(frozen=True, slots=True)
class TableDef:
    name: str
    source_name: str
    row_ref: int
    primary_key: int | None
    indexes: tuple[IndexDef, ...]
    constraints: tuple[UniqueConstraintDef, ...]
    sequences: tuple[SequenceDef, ...]
    schedule: ScheduleDef | None
    is_public: bool
    is_event: bool = False
    default_values: tuple[tuple[int, bytes], ...] = ()

    def columns(self, typespace: Typespace) -> tuple[Element, ...]:
        """The columns in row order, which is their BSATN order."""
        row = typespace.types[self.row_ref] if 0 <= self.row_ref < len(typespace.types) else None
        if not isinstance(row, ProductType):
            raise SchemaError(f"table {self.name!r}: its row type (slot {self.row_ref}) is no product")
        return row.elements


@dataclass(frozen=True, slots=True)
class ReducerDef:
    """Private reducers run by schedule or by the owner; a lifecycle reducer cannot be called at all."""

    name: str
    source_name: str
    params: ProductType
    lifecycle: Lifecycle | None = None
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class ProcedureDef:
    name: str
    source_name: str
    params: ProductType
    return_type: AlgebraicType
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class ViewDef:
    """`primary_key` holds column names."""

    name: str
    source_name: str
    is_public: bool
    is_anonymous: bool
    params: ProductType
    return_type: AlgebraicType
    primary_key: tuple[str, ...] = ()

    @property
    def row(self) -> Ref:
        """The row type: of `Array(Ref)`, `Option(Ref)` or the product of a query builder (spec: schema.md section 4).

        SchemaError where it returns anything else.
        """
        match self.return_type:
            case ArrayType(Ref() as row) | ProductType((Element("__query__", Ref() as row),)):
                return row
        inner = option_of(self.return_type)
        if isinstance(inner, Ref):
            return inner
        raise SchemaError(f"view {self.name!r} does not return rows: {self.return_type}")


@dataclass(frozen=True, slots=True)
class ModuleDef:
    """A module. Its submodules keep their own typespaces and names until `flattened` joins them in."""

    typespace: Typespace
    types: tuple[TypeDef, ...]
    tables: tuple[TableDef, ...]
    reducers: tuple[ReducerDef, ...]
    procedures: tuple[ProcedureDef, ...] = ()
    views: tuple[ViewDef, ...] = ()
    row_level_security: tuple[str, ...] = ()
    submodules: tuple[SubmoduleDef, ...] = ()

    def table(self, name: str) -> TableDef:
        """The table of that canonical name; SchemaError naming those there are."""
        for table in self.tables:
            if table.name == name:
                return table
        raise SchemaError(f"no table {name!r}; there are {', '.join(t.name for t in self.tables) or 'none'}")

    def flattened(self) -> ModuleDef:
        """This module with everything of its submodules in it: a table `item` of the submodule `shop` is `shop.item`.

        Source names are joined by an underscore, the scopes of types grow by the namespace (spec: schema.md section 2.1).
        """
        whole = replace(self, submodules=())
        for submodule in self.submodules:
            whole = _joined(whole, submodule.namespace, submodule.module.flattened())
        return whole


@dataclass(frozen=True, slots=True)
class SubmoduleDef:
    """A module inside another; its references point into its own typespace."""

    namespace: str
    module: ModuleDef


def _joined(outer: ModuleDef, namespace: str, inner: ModuleDef) -> ModuleDef:
    offset = len(outer.typespace.types)

    def moved(type_: AlgebraicType) -> AlgebraicType:
        return shifted(type_, lambda index: index + offset)

    def params(product: ProductType) -> ProductType:
        return ProductType(tuple(Element(e.name, moved(e.type)) for e in product.elements))

    def wire(name: str) -> str:
        return f"{namespace}.{name}"

    def source(name: str) -> str:
        return f"{namespace}_{name}"

    return replace(
        outer,
        typespace=Typespace((*outer.typespace.types, *map(moved, inner.typespace.types))),
        types=outer.types
        + tuple(replace(t, scope=(namespace, *t.scope), ref=t.ref + offset) for t in inner.types),
        tables=outer.tables
        + tuple(
            replace(t, name=wire(t.name), source_name=source(t.source_name), row_ref=t.row_ref + offset)
            for t in inner.tables
        ),
        reducers=outer.reducers
        + tuple(
            replace(r, name=wire(r.name), source_name=source(r.source_name), params=params(r.params))
            for r in inner.reducers
        ),
        procedures=outer.procedures
        + tuple(
            replace(
                p,
                name=wire(p.name),
                source_name=source(p.source_name),
                params=params(p.params),
                return_type=moved(p.return_type),
            )
            for p in inner.procedures
        ),
        views=outer.views
        + tuple(
            replace(
                v,
                name=wire(v.name),
                source_name=source(v.source_name),
                params=params(v.params),
                return_type=moved(v.return_type),
            )
            for v in inner.views
        ),
        row_level_security=outer.row_level_security + inner.row_level_security,
    )


def shifted(type_: AlgebraicType, slot: Callable[[int], int]) -> AlgebraicType:
    """`type_` with the slot of every reference in it replaced by `slot(index)`."""
    match type_:
        case Ref(index):
            return Ref(slot(index))
        case ArrayType(element):
            return ArrayType(shifted(element, slot))
        case ProductType(elements):
            return ProductType(tuple(Element(e.name, shifted(e.type, slot)) for e in elements))
        case SumType(variants):
            return SumType(tuple(Element(v.name, shifted(v.type, slot)) for v in variants))
        case PrimitiveType():
            return type_
