"""Building immutable objects at the price of mutable ones.

A frozen dataclass assigns its fields through `object.__setattr__`, which takes more than half the time of decoding a
row. A twin has the same slots and the same base but plain assignment; its instances become the real class by one
assignment to `__class__`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Twin", "twin_of"]


@dataclass(frozen=True, slots=True)
class Twin:
    """`build(*fields)` makes an instance of `cls`; where `converts`, only after `obj.__class__ = cls`."""

    cls: Any
    build: Any
    converts: bool


def _slot_owner(cls: type) -> type | None:
    """The one class of the MRO that adds slots, or None where the layout is not that simple."""
    owners = [base for base in cls.__mro__ if base.__dict__.get("__slots__") and base is not object]
    plain = [base for base in cls.__mro__ if base is not object and "__slots__" not in base.__dict__]
    return owners[0] if len(owners) == 1 and not plain else None


def twin_of(cls: Any, fields: tuple[str, ...]) -> Twin:
    """How to build `cls` positionally from `fields`, its attribute names in order."""
    constructor = getattr(cls, "__sats_new__", None)
    if constructor is not None:
        return Twin(cls, constructor, False)
    owner = _slot_owner(cls) if isinstance(cls, type) else None
    if owner is None or not fields or hasattr(cls, "__post_init__") or set(owner.__slots__) != set(fields):  # type: ignore[attr-defined]
        return Twin(cls, cls, False)
    # A field may have any name, `self` too, so the parameters have names of their own.
    body = "\n".join(f"    self.{name} = a{index}" for index, name in enumerate(fields))
    env: dict[str, Any] = {}
    exec(f"def __init__(self, {', '.join(f'a{index}' for index in range(len(fields)))}):\n{body}", env)
    namespace = {
        "__slots__": tuple(owner.__slots__),  # type: ignore[attr-defined]
        "__init__": env["__init__"],
        "__setattr__": object.__setattr__,
    }
    twin = type(cls.__name__, owner.__bases__[:1], namespace)
    try:
        twin(*fields).__class__ = cls
    except TypeError:  # the layouts differ after all: the class itself is slower, and right
        return Twin(cls, cls, False)
    return Twin(cls, twin, True)
