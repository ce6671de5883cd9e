"""How SpacetimeDB 2 makes canonical names of an author's (spec: schema.md section 2.1)."""

from __future__ import annotations

import re

from ..algebraic_type import (
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    SumType,
    option_of,
    result_of,
    special_name,
)

__all__ = ["camel_case", "convert_type", "pascal_case", "snake_case"]

_NOT_IN_WORDS = re.compile(r"[\W_]+")


def _words(name: str) -> list[str]:
    """Words begin at a capital, at an acronym's last capital, and wherever digits begin or end."""
    words: list[str] = []
    for part in _NOT_IN_WORDS.split(name):
        begin = 0
        for here in range(1, len(part)):
            before, at, after = part[here - 1], part[here], part[here + 1 : here + 2]
            starts_word = (
                before.isdigit() != at.isdigit()
                or (at.isupper() and before.islower())
                or (at.isupper() and before.isupper() and after.islower())
            )
            if starts_word:
                words.append(part[begin:here])
                begin = here
        words.append(part[begin:])
    return [word for word in words if word]


def snake_case(name: str) -> str:
    """Tables, functions and columns: `aU8` -> `a_u_8`."""
    return "_".join(word.lower() for word in _words(name)) or name


def pascal_case(name: str) -> str:
    """Types: `db_vector2` -> `DbVector2`."""
    return "".join(word[:1].upper() + word[1:].lower() for word in _words(name)) or name


def camel_case(name: str) -> str:
    """Variants of sums: `DarkRed` -> `darkRed`."""
    converted = pascal_case(name)
    return converted[:1].lower() + converted[1:]


def convert_type(type_: AlgebraicType) -> AlgebraicType:
    """`type_` with the names of its fields and variants converted; special types keep theirs."""
    if special_name(type_) is not None:
        return type_
    keeps_names = option_of(type_) is not None or result_of(type_) is not None
    match type_:
        case ArrayType(element):
            return ArrayType(convert_type(element))
        case ProductType(elements):
            return ProductType(
                tuple(_element(element, snake_case(element.name or "")) for element in elements)
            )
        case SumType(variants):
            return SumType(
                tuple(
                    _element(variant, (variant.name or "") if keeps_names else camel_case(variant.name or ""))
                    for variant in variants
                )
            )
        case _:
            return type_


def _element(element: Element, name: str) -> Element:
    return Element(name or None, convert_type(element.type))
