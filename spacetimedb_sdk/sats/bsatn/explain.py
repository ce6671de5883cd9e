"""Says which part of a Python value does not fit its type. Slow, and called only after an encoder has failed."""

from __future__ import annotations

from enum import Enum
from typing import Any

from ...system.plain_text import listed
from ..algebraic_type import (
    BYTES,
    STRING,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    option_of,
    special_name,
)
from .layout import Layout, fields_of

__all__ = ["choices", "explain"]

_PYTHON_TYPES = {
    "Identity": "Identity",
    "ConnectionId": "Address",
    "Timestamp": "Timestamp",
    "TimeDuration": "TimeDuration",
    "Uuid": "UUID",
}


def explain(layout: Layout, type_: AlgebraicType, value: Any, path: str = "") -> str | None:
    """`field 'mass': 3000000000 does not fit I32`, or None when nothing is found wrong."""
    resolved = layout.typespace.resolve(type_)
    bound = layout.classes.get(type_.index) if isinstance(type_, Ref) else None
    where = f"{path}: " if path else ""
    special = special_name(resolved)
    if special in _PYTHON_TYPES:
        fits = type(value).__name__ == _PYTHON_TYPES[special]
        return None if fits else f"{where}expected {_PYTHON_TYPES[special]}, not {value!r:.60}"
    match resolved:
        case PrimitiveType(name):
            return None if _primitive_fits(name, value) else f"{where}{value!r:.60} does not fit {name}"
        case ArrayType():
            return _explain_array(layout, resolved, value, path)
        case ProductType(elements):
            names = fields_of(bound, resolved)
            for index, (name, element) in enumerate(zip(names, elements, strict=True)):
                try:
                    part = value[index] if bound is None else getattr(value, name)
                except (AttributeError, IndexError, TypeError):
                    return f"{where}{value!r:.60} has no field {name!r}"
                problem = explain(layout, element.type, part, f"{path}.{name}".lstrip("."))
                if problem:
                    return problem
            return None
        case SumType(()):
            return f"{where}no value of this type exists, not even {value!r:.60}"
        case SumType():
            return _explain_sum(layout, resolved, bound, value, path)
    return None


def _explain_sum(layout: Layout, type_: SumType, bound: Any, value: Any, path: str) -> str | None:
    where = f"{path}: " if path else ""
    inner = option_of(type_) if bound is None else None
    if inner is not None:
        return None if value is None else explain(layout, inner, getattr(value, "value", value), path)
    variants = getattr(bound, "__sats_variants__", ())
    if type(value) in variants:
        payload = getattr(value, "value", ())
        return explain(
            layout, type_.variants[variants.index(type(value))].type, payload, f"{path}.value".lstrip(".")
        )
    if isinstance(bound, type) and type(value) is bound:
        return None
    name = getattr(bound, "__name__", "a variant of the sum")
    return f"{where}expected {name}, not {value!r:.60}{choices(bound, value)}"


def choices(bound: Any, value: object) -> str:
    """What to give for a value of an enum or sum that is bound to a class, where `value` is none of its variants."""
    if isinstance(bound, type) and issubclass(bound, Enum):
        return f" (give {listed((f'{bound.__name__}.{name}' for name in bound.__members__), 8)})"
    variants = getattr(bound, "__sats_variants__", ())
    names = {cls: name for name, cls in vars(bound).items() if cls in variants} if variants else {}
    if isinstance(value, type) and value in names:
        payload = "value" if "value" in getattr(value, "__dataclass_fields__", ()) else ""
        return f" (call it: {bound.__name__}.{names[value]}({payload}))"
    return (
        f" (give {listed((f'{bound.__name__}.{name}(...)' for name in names.values()), 8)})" if names else ""
    )


def _explain_array(layout: Layout, type_: ArrayType, value: object, path: str) -> str | None:
    if type_ == BYTES:
        return (
            None
            if isinstance(value, (bytes, bytearray, memoryview))
            else f"{path}: expected bytes, not {value!r:.60}"
        )
    if not isinstance(value, (list, tuple)):
        return f"{path}: expected a list, not {value!r:.60}"
    problems = (explain(layout, type_.element, item, f"{path}[{index}]") for index, item in enumerate(value))
    return next((problem for problem in problems if problem), None)


def _primitive_fits(name: str, value: object) -> bool:
    if name == STRING.name:
        return isinstance(value, str)
    if name == "Bool":
        return isinstance(value, bool)
    if name == "F64":
        return isinstance(value, (int, float))
    if name == "F32":
        return isinstance(value, (int, float)) and (
            abs(value) <= 3.4028235677973366e38 or value != value or abs(value) == float("inf")
        )
    bits = int(name[1:])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "I" else (0, (1 << bits) - 1)
    return isinstance(value, int) and low <= value <= high
