"""Algebraic types as JSON, the way definitions carry them (spec: sats-json.md section 4)."""

from __future__ import annotations

from typing import Any

from ...errors import SchemaError
from ..algebraic_type import AlgebraicType, ArrayType, Element, PrimitiveType, ProductType, Ref, SumType

__all__ = [
    "elements_from_json",
    "elements_to_json",
    "option_from_json",
    "option_to_json",
    "type_from_json",
    "type_to_json",
]

_PRIMITIVES = {
    name: PrimitiveType(name)
    for name in [
        "Bool",
        "I8",
        "U8",
        "I16",
        "U16",
        "I32",
        "U32",
        "I64",
        "U64",
        "I128",
        "U128",
        "I256",
        "U256",
        "F32",
        "F64",
        "String",
    ]
}


def option_from_json(value: object, where: str) -> Any:
    """What `{"some": x}` holds, None for `{"none": []}`."""
    match value:
        case {"some": inner}:
            return inner
        case {"none": _} | None:
            return None
    raise SchemaError(f"{where}: expected an option, found {value!r:.80}")


def option_to_json(value: object) -> dict[str, object]:
    return {"none": []} if value is None else {"some": value}


def elements_from_json(items: Any, where: str) -> tuple[Element, ...]:
    """Fields of a product or variants of a sum."""
    if not isinstance(items, list):
        raise SchemaError(f"{where}: expected a list of elements, found {items!r:.80}")
    return tuple(_element(item, where) for item in items)


def _element(item: object, where: str) -> Element:
    match item:
        case {"name": given, "algebraic_type": type_}:
            name = option_from_json(given, where)
            if name is None or isinstance(name, str):
                return Element(name, type_from_json(type_, where))
    raise SchemaError(f"{where}: not an element: {item!r:.80}")


def type_from_json(value: object, where: str = "type") -> AlgebraicType:
    """The type that `value` spells. SchemaError, with `where`, for anything else."""
    match value:
        case {"Ref": int(index)}:
            return Ref(index)
        case {"Array": inner}:
            return ArrayType(type_from_json(inner, where))
        case {"Product": {"elements": elements}}:
            return ProductType(elements_from_json(elements, where))
        case {"Sum": {"variants": variants}}:
            return SumType(elements_from_json(variants, where))
        case dict() if len(value) == 1 and (name := next(iter(value))) in _PRIMITIVES:
            return _PRIMITIVES[name]
    raise SchemaError(f"{where}: not a type: {value!r:.80}")


def elements_to_json(elements: tuple[Element, ...]) -> list[dict[str, object]]:
    return [{"name": option_to_json(e.name), "algebraic_type": type_to_json(e.type)} for e in elements]


def type_to_json(type_: AlgebraicType) -> dict[str, object]:
    match type_:
        case Ref(index):
            return {"Ref": index}
        case ArrayType(element):
            return {"Array": type_to_json(element)}
        case ProductType(elements):
            return {"Product": {"elements": elements_to_json(elements)}}
        case SumType(variants):
            return {"Sum": {"variants": elements_to_json(variants)}}
        case PrimitiveType(name):
            return {name: []}
