"""Building immutable objects at the price of mutable ones.

A frozen dataclass assigns its fields through `object.__setattr__`, which takes more than half the time of decoding a
row. The fast way is a subclass that adds nothing but plain assignment; its instances become the real class by one assignment to
`__class__`, which costs least where one of the two is the other's base.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...records import record
from ..generated_code import functions_of

__all__ = ["FastBuild", "blank_class", "fast_build_of"]


@record
class FastBuild:
    """Two ways to make an instance of a class.

    `build(*fields)` makes one. `blank()`, where it is not None, makes one without values: set its fields, then its
    `__class__`. That is faster where it is written out in the place that needs it.
    """

    build: Callable[..., object]
    blank: object = None


def _slot_owner(cls: type) -> type | None:
    """The one class of the MRO that adds slots, or None where the layout is not that simple."""
    owners = [base for base in cls.__mro__ if base.__dict__.get("__slots__") and base is not object]
    plain = [base for base in cls.__mro__ if base is not object and "__slots__" not in base.__dict__]
    return owners[0] if len(owners) == 1 and not plain else None


def fast_build_of(cls: Any, fields: tuple[str, ...]) -> FastBuild:
    """How to build `cls` positionally from `fields`, its attribute names in order."""
    constructor = getattr(cls, "__sats_new__", None)
    if constructor is not None:
        return FastBuild(constructor)
    owner = _slot_owner(cls) if isinstance(cls, type) else None
    if (
        owner is None
        or not fields
        or hasattr(cls, "__post_init__")
        or cls.__new__ is not object.__new__
        or set(owner.__slots__) != set(fields)  # type: ignore[attr-defined]
    ):
        return FastBuild(cls)
    blank = blank_class(cls)
    try:
        blank().__class__ = cls
    except TypeError:  # the layouts differ after all: the class itself is slower, and right
        return FastBuild(cls)
    return FastBuild(_builder(cls, blank, fields), blank)


def blank_class(cls: type) -> Any:
    """A subclass of `cls` whose instances are made without values and take plain assignment, to become a `cls` then."""
    # Assignment is as fast as can be only where deletion, which shares its slot, is no function of Python's either.
    plain = {name: getattr(object, name) for name in ("__new__", "__init__", "__setattr__", "__delattr__")}
    return type(cls.__name__, (cls,), {"__slots__": (), **plain})


def _builder(cls: Any, blank: Any, fields: tuple[str, ...]) -> Any:
    # A field may have any name, `made` too, so the parameters have names of their own.
    names = [f"a{index}" for index in range(len(fields))]
    lines = [f"def build({', '.join(names)}):", "    made = blank()"]
    lines += [f"    made.{field} = {name}" for field, name in zip(fields, names, strict=True)]
    lines += ["    made.__class__ = cls", "    return made"]
    env = {"blank": blank, "cls": cls}
    return functions_of("\n".join(lines), env, "build of an instance")["build"]
