"""Whether the bytes of one type are those of another, and what a type is called in a sentence."""

from __future__ import annotations

from ...sats.algebraic_type import (
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    Typespace,
    option_of,
    special_name,
)

__all__ = ["fits", "shown"]


def fits(
    old: AlgebraicType,
    old_types: Typespace,
    new: AlgebraicType,
    new_types: Typespace,
    _above: frozenset[tuple[int, int]] = frozenset(),
) -> bool:
    """Whether every value of `old` is, with the same bytes and names, one of `new`: a sum may have got variants, after
    those it had."""
    if isinstance(old, Ref) and isinstance(new, Ref):
        pair = (old.index, new.index)
        if pair in _above:  # a type inside itself: as far as it was compared it fits
            return True
        _above |= {pair}
    old, new = old_types.resolve(old), new_types.resolve(new)
    match old, new:
        case ArrayType(one), ArrayType(other):
            return fits(one, old_types, other, new_types, _above)
        case ProductType(ones), ProductType(others) if len(ones) == len(others):
            pairs = zip(ones, others, strict=True)
        case SumType(ones), SumType(others) if len(ones) <= len(others):
            pairs = zip(ones, others, strict=False)
        case PrimitiveType(), PrimitiveType():
            return old == new
        case _:
            return False
    return all(
        one.name == other.name and fits(one.type, old_types, other.type, new_types, _above)
        for one, other in pairs
    )


def shown(type_: AlgebraicType, typespace: Typespace, _depth: int = 0) -> str:
    """The type as a sentence names it, `Option(I32)`, three levels deep."""
    type_ = typespace.resolve(type_)
    special = special_name(type_)
    inner = option_of(type_)
    if special is not None:
        return special
    if isinstance(type_, PrimitiveType):
        return type_.name
    if _depth > 2:
        return "..."
    if inner is not None:
        return f"Option({shown(inner, typespace, _depth + 1)})"
    match type_:
        case ArrayType(element):
            return f"Array({shown(element, typespace, _depth + 1)})"
        case ProductType(items):
            parts = ", ".join(f"{item.name}: {shown(item.type, typespace, _depth + 1)}" for item in items)
            return f"({parts})"
        case SumType(items):
            return f"({' | '.join(str(item.name) for item in items)})"
    return str(type_)
