"""Plans: how a type is read, as plain tuples, for a reader that is no Python (the interpreter inside a database has one)."""

from __future__ import annotations

from typing import Any

from ..algebraic_type import BYTES, STRING, AlgebraicType, ProductType, Ref
from .layout import Layout, fields_of

__all__ = ["members_of", "reading_plan"]


def members_of(cls: Any, fields: tuple[str, ...]) -> tuple[Any, ...] | None:
    """The descriptors of the slots that hold `fields`; None where the class keeps them otherwise."""
    if not isinstance(cls, type) or "__slots__" not in cls.__dict__:
        return None
    members = tuple(cls.__dict__.get(name) for name in fields)
    return members if all(hasattr(member, "__set__") for member in members) else None


def reading_plan(layout: Layout, type_: AlgebraicType, environment: dict[str, Any]) -> Any | None:
    """A letter of `struct`, a number of bytes, `(function, plan)` for what a function makes of another value, or `(class,
    members, plans)` for a product; `s` is a text, `y` bytes. None for a type that takes more than that.

    `environment` holds the names that the expressions of leaves use.
    """
    if type_ == STRING:
        return "s"
    if type_ == BYTES:
        return "y"
    leaf = layout.leaf(type_)
    if leaf is not None:
        if leaf.code == "B" and leaf.decode.startswith("BOOLS"):
            return "?"
        raw: Any = leaf.width if leaf.code.endswith("s") else leaf.code
        if leaf.decode == "{}":
            return raw
        members_of_enum, opening, rest = leaf.decode.partition("[")
        if opening:
            found = environment.get(members_of_enum)
            return None if found is None or rest != "{}]" else (found.__getitem__, raw)
        function, opening, rest = leaf.decode.partition("(")
        made = environment.get(function)
        if not opening or rest != "{})" or made is None:
            return None
        # A class of one slot is filled, as a row's is.
        members = members_of(made, tuple(getattr(made, "__slots__", ())))
        return (made, members, [raw]) if members is not None and len(members) == 1 else (made, raw)
    inner = layout.typespace.resolve(type_)
    if not isinstance(type_, Ref) or not isinstance(inner, ProductType):
        return None
    cls = layout.classes.get(type_.index)
    members = members_of(cls, fields_of(cls, inner))
    plans = [reading_plan(layout, element.type, environment) for element in inner.elements]
    return None if members is None or None in plans or not plans else (cls, members, plans)
