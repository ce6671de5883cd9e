"""Building immutable objects at the price of mutable ones.

A frozen dataclass assigns its fields through `object.__setattr__`, which takes more than half the time of decoding a
row. The fast way is a subclass that adds nothing but plain assignment; its instances become the real class by one assignment to
`__class__`, which costs least where one of the two is the other's base. A class that assigns plainly itself needs neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..generated_code import functions_of

__all__ = ["FastBuild", "Native", "blank_class", "fast_build_of"]


class Native:
    """What an interpreter does itself: `make(cls, members, *values)` fills the slots that the
    descriptors `members` stand for; `constructor(members, names, defaults, slow)` is a `__new__` that does so with its
    arguments, the last of which have `defaults`, and leaves what is wrong with them to `slow`; `within_reach(rows, circles, at)`
    is that of `spacetimedb_sdk.module`. Set before the first class is built; CPython has none, and needs none."""

    make: Callable[..., Any] | None = None
    constructor: Callable[..., Any] | None = None
    within_reach: Callable[[list[Any], list[Any], str], list[list[Any]]] | None = None


class FastBuild:
    """How to make an instance of `cls` from its fields in order.

    `blank()`, where it is not None, makes one without values, whose fields are set then: `assignments` are the lines for it.
    Where it is None the class itself is called.
    """

    __slots__ = ("blank", "cls", "fields", "is_plain")

    def __init__(
        self,
        cls: Any,
        fields: tuple[str, ...],
        blank: Callable[[], Any] | None = None,
        is_plain: bool = False,
    ) -> None:
        self.cls = cls
        self.fields = fields
        self.blank = blank
        self.is_plain = is_plain

    def assignments(self, made: str, blank: str, cls: str, values: Sequence[str]) -> list[str]:
        """The lines that make `made`; `blank` and `cls` are what the generated code calls those two."""
        lines = [f"{made} = {blank}()"]
        lines += [f"{made}.{field} = {value}" for field, value in zip(self.fields, values, strict=True)]
        return lines if self.is_plain else [*lines, f"{made}.__class__ = {cls}"]

    @property
    def build(self) -> Callable[..., Any]:
        """A function of the fields, by position."""
        if self.blank is None:
            build: Callable[..., Any] = self.cls
            return build
        # A field may have any name, `made` too, so the parameters have names of their own.
        names = [f"a{index}" for index in range(len(self.fields))]
        body = [*self.assignments("made", "blank", "cls", names), "return made"]
        text = "\n    ".join([f"def build({', '.join(names)}):", *body])
        environment = {"blank": self.blank, "cls": self.cls}
        made: Callable[..., Any] = functions_of(text, environment, "build of an instance")["build"]
        return made


def _slot_owner(cls: type) -> type | None:
    """The one class of the MRO that adds slots, or None where the layout is not that simple."""
    owners = [base for base in cls.__mro__ if base.__dict__.get("__slots__") and base is not object]
    plain = [base for base in cls.__mro__ if base is not object and "__slots__" not in base.__dict__]
    return owners[0] if len(owners) == 1 and not plain else None


def fast_build_of(cls: Any, fields: tuple[str, ...]) -> FastBuild:
    """How to build `cls` positionally from `fields`, its attribute names in order."""
    constructor = getattr(cls, "__sats_new__", None)
    if constructor is not None:
        return FastBuild(constructor, fields)
    owner = _slot_owner(cls) if isinstance(cls, type) else None
    if (
        owner is None
        or not fields
        or hasattr(cls, "__post_init__")
        or cls.__new__ is not object.__new__
        or set(owner.__slots__) != set(fields)  # type: ignore[attr-defined]
    ):
        return FastBuild(cls, fields)
    if cls.__setattr__ is object.__setattr__ and cls.__delattr__ is object.__delattr__:
        return FastBuild(cls, fields, partial(object.__new__, cls), is_plain=True)
    blank = blank_class(cls)
    try:
        blank().__class__ = cls
    except TypeError:  # the layouts differ after all: the class itself is slower, and right
        return FastBuild(cls, fields)
    return FastBuild(cls, fields, blank)


def blank_class(cls: type) -> Any:
    """A subclass of `cls` whose instances are made without values and take plain assignment, to become a `cls` then."""
    # Assignment is as fast as can be only where deletion, which shares its slot, is no function of Python's either.
    plain = {name: getattr(object, name) for name in ("__new__", "__init__", "__setattr__", "__delattr__")}
    return type(cls.__name__, (cls,), {"__slots__": (), **plain})
