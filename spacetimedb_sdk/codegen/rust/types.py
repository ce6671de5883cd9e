"""Types in Rust: what a column or a parameter is written as, and the file of the module's own types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...sats import algebraic_type as sats
from ...sats.algebraic_type import (
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    is_plain_enum,
    is_unit,
    option_of,
    special_name,
)
from ...sats.schema.module_def import ModuleDef
from .names import RustError, column_name, comment

__all__ = ["RustTypes"]

_PRIMITIVES = {
    sats.BOOL: "bool",
    sats.STRING: "String",
    sats.F32: "f32",
    sats.F64: "f64",
    sats.I256: "spacetimedb::sats::i256",
    sats.U256: "spacetimedb::sats::u256",
} | {
    number: number.name.lower()
    for number in (
        *(sats.I8, sats.I16, sats.I32, sats.I64, sats.I128),
        *(sats.U8, sats.U16, sats.U32, sats.U64, sats.U128),
    )
}


class RustTypes:
    """The types of one module; `names` are what they are called in the code, `docs` what is said of them, by their names."""

    def __init__(self, definition: ModuleDef, names: Mapping[str, str], docs: Mapping[str, str]) -> None:
        self._space = definition.typespace
        self._own = {item.ref: item.name for item in definition.types}
        self._names = names
        self._docs = docs

    def name(self, ref: int) -> str:
        """What the type in that slot is called in the code."""
        return self._names[self._own[ref]]

    def of(self, type_: AlgebraicType, where: str) -> str:
        """How a type is written. RustError, naming `where` it stands, for one that Rust's crate for 1.x does not have."""
        special = special_name(type_)
        if special == "Uuid":
            raise RustError(f"{where} is a UUID, which SpacetimeDB's crate for 1.x does not have")
        if special is not None:
            return f"spacetimedb::{special}"
        inner = option_of(type_)
        if inner is not None:
            return f"Option<{self.of(inner, where)}>"
        match type_:
            case Ref(index):
                return self.name(index)
            case PrimitiveType():
                return _PRIMITIVES[type_]
            case ArrayType(element):
                return f"Vec<{self.of(element, where)}>"
        if is_unit(type_):
            return "()"
        raise RustError(
            f"{where} is a type without a name, such as a result, which SpacetimeDB's crate for 1.x does not have: make it a "
            "class with @module.type or @module.sum"
        )

    def reached(self, types: list[AlgebraicType]) -> set[int]:
        """The slots of `types` and of what is inside them."""
        found: set[int] = set()
        while types:
            match types.pop():
                case Ref(index) if index not in found:
                    found.add(index)
                    types.append(self._space.types[index])
                case ArrayType(element):
                    types.append(element)
                case ProductType(elements) | SumType(elements):
                    types += [element.type for element in elements]
        return found

    def fields(self, ref: int) -> Iterator[tuple[str, str]]:
        """The fields of a product, each with its type."""
        product = self._space.types[ref]
        assert isinstance(product, ProductType)
        for element in product.elements:
            where = f"{self._own[ref]}.{element.name}"
            yield column_name(element.name, where), self.of(element.type, where)

    def head(self, ref: int) -> list[str]:
        """The lines above a type: what is said of it, and its name where the code cannot call it so."""
        own = self._own[ref]
        renamed = [] if self._names[own] == own else [f'#[sats(name = "{own}")]']
        return [*comment(self._docs.get(own, ""), "///"), *renamed]

    def item(self, ref: int) -> str:
        """A product or a sum that is no row."""
        type_ = self._space.types[ref]
        doc, *attributes = self._split(ref)
        traits = "Clone, Copy, Debug, PartialEq, Eq" if is_plain_enum(type_) else "Clone, Debug"
        lines = [*doc, f"#[derive(spacetimedb::SpacetimeType, {traits})]", *attributes]
        if isinstance(type_, SumType):
            lines.append(f"pub enum {self.name(ref)} {{")
            for variant in type_.variants:
                where = f"{self._own[ref]}.{variant.name}"
                payload = "" if is_unit(variant.type) else f"({self.of(variant.type, where)})"
                lines.append(f"    {column_name(variant.name, where)}{payload},")
        else:
            lines.append(f"pub struct {self.name(ref)} {{")
            lines += [f"    pub {field}: {written}," for field, written in self.fields(ref)]
        return "\n".join([*lines, "}"])

    def _split(self, ref: int) -> tuple[list[str], str] | tuple[list[str]]:
        head = self.head(ref)
        return (head[:-1], head[-1]) if head and head[-1].startswith("#") else (head,)
