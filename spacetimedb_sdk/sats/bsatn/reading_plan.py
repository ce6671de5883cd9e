"""Plans: how a type is read and written, as plain tuples, for who does it without Python (the interpreter inside a database)."""

from __future__ import annotations

from typing import Any

from ...types import Address, Identity, ScheduleAtInterval, ScheduleAtTime
from ..algebraic_type import (
    BYTES,
    STRING,
    AlgebraicType,
    ArrayType,
    ProductType,
    Ref,
    SumType,
    option_of,
    special_name,
)
from .layout import Layout, Leaf, fields_of

__all__ = ["members_of", "reading_plan"]

# Of the functions in a leaf's expression those that make instances which hold the bytes the other way around.
_TURNED: dict[str, Any] = {"identity": Identity, "connection_id": Address}


def members_of(cls: Any, fields: tuple[str, ...]) -> tuple[Any, ...] | None:
    """The descriptors of the slots that hold `fields`; None where the class keeps them otherwise."""
    if not isinstance(cls, type) or "__slots__" not in cls.__dict__:
        return None
    members = tuple(cls.__dict__.get(name) for name in fields)
    return members if all(hasattr(member, "__set__") for member in members) else None


def reading_plan(layout: Layout, type_: AlgebraicType, environment: dict[str, Any]) -> Any | None:
    """The plan of a type; None for one that takes more than there are plans for:

    a letter of `struct`, `s` for a text, `y` for bytes; a number of bytes; `(function, plan)` for what a function makes of another
    value; `(class, members, plans)` for a product; `("turned", function, class, member, width)` for bytes of which a function makes
    an instance of a class that holds them in a member, most significant first; `("variant", members)` for one of several values
    by its number; `("option", plan)`; `("list", plan)`; `("sum", plans)` for an instance of one of several classes.

    `environment` holds the names that the expressions of leaves use.
    """
    if type_ == STRING:
        return "s"
    if type_ == BYTES:
        return "y"
    leaf = layout.leaf(type_)
    if leaf is not None:
        return _leaf_plan(leaf, environment)
    if isinstance(type_, ArrayType):
        item = reading_plan(layout, type_.element, environment)
        # What takes no room could stand there any number of times.
        return None if item is None or layout.width(type_.element) == 0 else ("list", item)
    inner = layout.typespace.resolve(type_)
    if isinstance(inner, SumType):
        return _sum_plan(layout, type_, inner, environment)
    if not isinstance(type_, Ref) or not isinstance(inner, ProductType) or layout.needs_function(type_.index):
        return None
    cls = layout.classes.get(type_.index)
    members = members_of(cls, fields_of(cls, inner))
    plans = [reading_plan(layout, element.type, environment) for element in inner.elements]
    return None if members is None or None in plans or not plans else (cls, members, plans)


def _leaf_plan(leaf: Leaf, environment: dict[str, Any]) -> Any | None:
    if leaf.code == "B" and leaf.decode.startswith("BOOLS"):
        return "?"
    raw: Any = leaf.width if leaf.code.endswith("s") else leaf.code
    if leaf.decode == "{}":
        return raw
    members_of_enum, opening, rest = leaf.decode.partition("[")
    if opening:
        found = environment.get(members_of_enum)
        return None if found is None or rest != "{}]" else ("variant", tuple(found))
    function, opening, rest = leaf.decode.partition("(")
    made = environment.get(function)
    if not opening or rest != "{})" or made is None:
        return None
    turned = _TURNED.get(function)
    if turned is not None:
        return "turned", made, turned, turned.data, leaf.width
    # A class of one slot is filled, as a row's is.
    members = members_of(made, tuple(getattr(made, "__slots__", ())))
    return (made, members, [raw]) if members is not None and len(members) == 1 else (made, raw)


def _sum_plan(
    layout: Layout, type_: AlgebraicType, inner: SumType, environment: dict[str, Any]
) -> Any | None:
    bound = layout.classes.get(type_.index) if isinstance(type_, Ref) else None
    value = option_of(inner) if bound is None else None
    if value is not None:
        # An option inside an option is `Some`, and an instance of that.
        is_nested = option_of(layout.typespace.resolve(value)) is not None
        plan = None if is_nested else reading_plan(layout, value, environment)
        return None if plan is None else ("option", plan)
    if bound is None and special_name(inner) == "ScheduleAt":
        classes: tuple[type, ...] = (ScheduleAtInterval, ScheduleAtTime)
    elif (
        bound is None
        or not isinstance(type_, Ref)
        or layout.needs_function(type_.index)
        or getattr(bound, "__sats_bare__", False)
    ):
        return None
    else:
        classes = bound.__sats_variants__
    variants = []
    for cls, variant in zip(classes, inner.variants, strict=True):
        has_value = not (isinstance(variant.type, ProductType) and not variant.type.elements)
        members = members_of(cls, ("value",) if has_value else ())
        plan = reading_plan(layout, variant.type, environment) if has_value else None
        if members is None or (has_value and plan is None):
            return None
        variants.append((cls, members, [plan] if has_value else []))
    return "sum", variants
