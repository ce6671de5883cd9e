"""What the code writers for decoding and encoding agree on: leaves, widths, and which types are functions of their own.

A *leaf* is a value that one `struct` code carries; runs of leaves, across nested products, are packed and unpacked by
one call (spec: bsatn.md section 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from ...errors import SchemaError
from ...records import field, record
from ..algebraic_type import (
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    Typespace,
    is_plain_enum,
    special_name,
)

__all__ = ["LEAVES", "Layout", "Leaf", "fields_of"]

# Parts of a type beyond which it gets a function of its own: code that is written out at each use grows with their product.
INLINE_LIMIT = 64


@record
class Leaf:
    """`code` for struct; `decode` and `encode` are expressions with `{}` for the packed and the Python value."""

    code: str
    width: int
    decode: str = "{}"
    encode: str = "{}"


def _wide(width: int, signed: bool) -> Leaf:
    # Said only where it is not the default: an argument by name takes as long as the rest of the call.
    sign = ", signed=True" if signed else ""
    return Leaf(
        f"{width}s",
        width,
        f"from_bytes({{}}, 'little'{sign})",
        f"{{}}.to_bytes({width}, 'little'{sign})",
    )


LEAVES: dict[str, Leaf] = {
    "Bool": Leaf("B", 1, "BOOLS[{}]", "BOOL_BYTES[{}]"),
    "I8": Leaf("b", 1),
    "U8": Leaf("B", 1),
    "I16": Leaf("h", 2),
    "U16": Leaf("H", 2),
    "I32": Leaf("i", 4),
    "U32": Leaf("I", 4),
    "I64": Leaf("q", 8),
    "U64": Leaf("Q", 8),
    "F32": Leaf("f", 4),
    "F64": Leaf("d", 8),
    "I128": _wide(16, True),
    "U128": _wide(16, False),
    "I256": _wide(32, True),
    "U256": _wide(32, False),
    "Identity": Leaf("32s", 32, "identity({})", "{}.data[::-1]"),
    "ConnectionId": Leaf("16s", 16, "connection_id({})", "{}.data[::-1]"),
    "Uuid": Leaf("16s", 16, "uuid({})", "{}.bytes[::-1]"),
    "Timestamp": Leaf("q", 8, "timestamp({})", "{}.micros"),
    "TimeDuration": Leaf("q", 8, "duration({})", "{}.micros"),
}


def fields_of(cls: object, type_: ProductType) -> tuple[str, ...]:
    """The attribute of `cls` for each element; an element without a name is its position."""
    names = getattr(cls, "__sats_fields__", None)
    if names is not None:
        return tuple(names)
    return tuple(element.name or f"field_{index}" for index, element in enumerate(type_.elements))


@record(frozen=False)
class Layout:
    """Types of one typespace, with the Python classes bound to its slots."""

    typespace: Typespace
    classes: Mapping[int, Any]
    _recursive: dict[int, bool] = field(default_factory=dict)

    def leaf(self, type_: AlgebraicType) -> Leaf | None:
        """How one struct code carries the type, or None where it takes more than that."""
        if isinstance(type_, PrimitiveType):
            return LEAVES.get(type_.name)
        if isinstance(type_, Ref):
            inner = self.typespace.resolve(type_)
            bound = self.classes.get(type_.index)
            if is_plain_enum(inner) and isinstance(bound, type) and issubclass(bound, Enum):
                return Leaf("B", 1, f"members_{type_.index}[{{}}]", f"enum_tag({{}}, enum_{type_.index})")
            return self.leaf(inner) if special_name(inner) in LEAVES else None
        return LEAVES.get(special_name(type_) or "")

    def width(self, type_: AlgebraicType, _above: frozenset[int] = frozenset()) -> int | None:
        """Bytes of every value of the type, or None where values differ in width."""
        leaf = self.leaf(type_)
        if leaf is not None:
            return leaf.width
        if isinstance(type_, Ref):
            if type_.index in _above:
                return None
            return self.width(self.typespace.resolve(type_), _above | {type_.index})
        if isinstance(type_, ProductType):
            widths = [self.width(element.type, _above) for element in type_.elements]
            return None if None in widths else sum(w for w in widths if w is not None)
        if isinstance(type_, SumType) and type_.variants:
            payloads = {self.width(variant.type, _above) for variant in type_.variants}
            (payload,) = payloads if len(payloads) == 1 else (None,)
            return None if payload is None else 1 + payload
        return None

    def is_flat(self, type_: AlgebraicType) -> bool:
        """Leaves and products of them only: one struct run carries the whole value."""
        if self.leaf(type_) is not None:
            return True
        if isinstance(type_, Ref):
            return not self.needs_function(type_.index) and self.is_flat(self.typespace.resolve(type_))
        return isinstance(type_, ProductType) and all(self.is_flat(e.type) for e in type_.elements)

    def needs_function(self, index: int) -> bool:
        """Whether slot `index` is coded by a function of its own: it contains itself, or is large."""
        if index not in self._recursive:
            slot = self.typespace.resolve(Ref(index))
            self._recursive[index] = index in self._reachable(slot) or self._weight(slot) > INLINE_LIMIT
        return self._recursive[index]

    def check(self, type_: AlgebraicType) -> None:
        """SchemaError when a Ref inside the type leads nowhere, or when a value of it could never end."""
        for index in self._reachable(type_):
            if index in self._reachable(self.typespace.resolve(Ref(index)), products_only=True):
                raise SchemaError(f"the type in slot {index} contains itself without an end")

    def _reachable(self, type_: AlgebraicType, *, products_only: bool = False) -> set[int]:
        """The slots that a value of the type may hold; with `products_only`, those it must hold."""
        found: set[int] = set()
        pending = [type_]
        while pending:
            match pending.pop():
                case Ref(index) as ref if index not in found:
                    found.add(index)
                    pending.append(self.typespace.resolve(ref))
                case ProductType(elements):
                    pending.extend(element.type for element in elements)
                case SumType(variants) if not products_only:
                    pending.extend(variant.type for variant in variants)
                case ArrayType(element) if not products_only:
                    pending.append(element)
        return found

    def _weight(self, type_: AlgebraicType, budget: int = INLINE_LIMIT + 1) -> int:
        weight = 1
        match type_:
            case Ref():
                children: tuple[AlgebraicType, ...] = (self.typespace.resolve(type_),)
            case ArrayType(element):
                children = (element,)
            case ProductType(items) | SumType(items):
                children = tuple(item.type for item in items)
            case _:
                children = ()
        for child in children:
            if weight > budget:
                break
            weight += self._weight(child, budget - weight)
        return weight
