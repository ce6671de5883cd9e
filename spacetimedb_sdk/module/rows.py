"""Builds the immutable, slotted classes of rows, products and sum variants.

A frozen dataclass assigns each field through `object.__setattr__`, which costs as much as everything else a reducer does
with a row. Here an instance is filled while it is of a subclass without the guard, and then becomes the real class by one
assignment to `__class__`: half the time, equally frozen.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Self, dataclass_transform

from ..sats.bsatn.fast_build import Native, blank_class
from ..sats.generated_code import functions_of
from .columns import MISSING, Column, column
from .names import RESERVED_FIELDS, is_column_name

__all__ = [
    "DECLARED",
    "ENCODED",
    "Product",
    "Row",
    "Sum",
    "build_class",
    "is_built",
    "is_dataclass_itself",
    "misuse",
]

# The slot where the datastore keeps a row's BSATN, so that a row is encoded once in its life.
ENCODED = "_encoded"
# Where a row class keeps what its columns were declared as: another table of the same rows asks for it.
DECLARED = "__sats_columns__"

# What a class of fields cannot say for itself: rows are built by generated code, which calls none of these.
_BUILDERS = ("__init__", "__new__", "__post_init__", "__setattr__")


@dataclass_transform(frozen_default=True, field_specifiers=(column,))
class Product:
    """The base of `@module.type` classes, for type checkers."""

    __slots__ = ()

    def replace(self, /, **changes: object) -> Self:
        """A copy with some fields changed. TypeError for a field that does not exist."""
        raise TypeError(f"{type(self).__name__} was not decorated with @module.type or @module.table")


class Row(Product):
    """The base of `@module.table` classes, for type checkers."""

    __slots__ = ()


class Sum(Product):
    """The base of `@module.sum` classes, for type checkers."""

    __slots__ = ()


def _refuse_assignment(self: object, name: str, value: object = None) -> None:
    raise AttributeError(f"{type(self).__name__} is immutable: use .replace({name}=...)")


def _reduce(self: Any) -> tuple[object, ...]:
    return type(self), tuple(getattr(self, name) for name in self.__sats_fields__)


def _repr(self: Any) -> str:
    fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__sats_fields__)
    return f"{type(self).__qualname__}({fields})"


def _method_source(
    fields: tuple[str, ...], defaults: Mapping[str, object], extra_slots: tuple[str, ...]
) -> str:
    """The text of the methods whose speed matters. Field names are identifiers, so this is no injection.

    A field may be called anything that does not begin with two underscores: all else here does.
    """
    params = "".join(f", {name}=__default_{name}" if name in defaults else f", {name}" for name in fields)
    positional = ", ".join(fields)
    empty = "".join(f"    __obj.{name} = None\n" for name in extra_slots)
    assign = empty + "".join(f"    __obj.{name} = {name}\n" for name in fields)
    changes = "".join(f", {name}=__missing" for name in fields)
    copy = empty + "".join(
        f"    __obj.{name} = __self.{name} if {name} is __missing else {name}\n" for name in fields
    )
    if Native.make is not None:
        kept = ", ".join(f"__self.{name} if {name} is __missing else {name}" for name in fields)
        building = (
            f"def __new__(__cls, /{params}):\n    return __make(__cls, __members, {positional})\n"
            f"def __sats_new__({positional}):\n    return __make(__real, __members, {positional})\n"
            f"def replace(__self, /{', *' + changes if changes else ''}):\n    return __make(__real, __members, {kept})\n"
        )
    else:
        building = (
            f"def __new__(__cls, /{params}):\n    __obj = __make(__blank)\n{assign}"
            f"    __obj.__class__ = __cls\n    return __obj\n"
            f"def __sats_new__({positional}):\n    __obj = __make(__blank)\n{assign}    __obj.__class__ = __real\n    return __obj\n"
            f"def replace(__self, /{', *' + changes if changes else ''}):\n    __obj = __make(__blank)\n{copy}"
            f"    __obj.__class__ = __real\n    return __obj\n"
        )
    same = " and ".join(f"__self.{name} == __other.{name}" for name in fields) or "True"
    hashed = "".join(f"__self.{name}, " for name in fields)
    return (
        f"{building}"
        f"def __eq__(__self, __other):\n    if __self is __other:\n        return True\n"
        f"    return {same} if __other.__class__ is __self.__class__ else NotImplemented\n"
        f"def __hash__(__self):\n    return hash(({hashed}))\n"
    )


def _defaults_of(cls: type, fields: tuple[str, ...]) -> dict[str, object]:
    """The fields that may be left out when an instance is built, with the values they then take."""
    defaults: dict[str, object] = {}
    for name in fields:
        value = cls.__dict__.get(name, MISSING)
        if isinstance(value, Column):
            value = value.default
        if value is not MISSING:
            defaults[name] = value
        elif defaults:
            raise TypeError(f"field {name!r} has no default but follows one that has")
    return defaults


def _chosen_name(cls: type, field: str) -> str | None:
    """What the definition is to call a field, where its declaration says."""
    if field.startswith(f"_{cls.__name__.lstrip('_')}__"):
        bare = field[len(cls.__name__.lstrip("_")) + 1 :]
        raise TypeError(
            f"Python hides {bare!r} in a class: name the field otherwise, with column(name={bare!r})"
        )
    if field in RESERVED_FIELDS or field.startswith("__"):
        raise TypeError(
            f"{field!r} is taken, call the field otherwise: {field}_ or any name with column(name={field!r})"
        )
    declared = cls.__dict__.get(field)
    name = declared.name if isinstance(declared, Column) else None
    if name is not None and not is_column_name(name):
        raise TypeError(f"{name!r} is no name of a column: letters, digits and _, no digit first")
    return name


def is_built(cls: type) -> bool:
    """Whether `build_class` has made it: then it is used as it is."""
    return "__sats_fields__" in cls.__dict__


def misuse(cls: type) -> str | None:
    """What in a class as written would be without effect, or break its instances, in words; None where nothing is."""
    if is_dataclass_itself(cls):
        return "it is a dataclass of its own already: take @dataclass away"
    for name in _BUILDERS:
        if name in cls.__dict__:
            return f"{name} would never be called: give a function that makes such rows, for instance a classmethod"
    hints = inspect.get_annotations(cls)
    for name, value in cls.__dict__.items():
        if isinstance(value, Column) and name not in hints:
            return f"column {name!r} has no type: write `{name}: u32 = column(...)`, or what it holds"
    return None


def is_dataclass_itself(cls: type) -> bool:
    """Whether @dataclass stands at this very class, below the module's decorator or above it."""
    return "__dataclass_fields__" in cls.__dict__


def build_class(cls: type, base: type, *, extra_slots: tuple[str, ...] = ()) -> Any:
    """`cls` again, immutable and slotted, a subclass of `base`; fields are its annotations, in order.

    `extra_slots` begin as None and belong to the caller.

    TypeError where a field without a default follows one with it, or has a name that cannot be.
    """
    fields = tuple(inspect.get_annotations(cls))
    defaults = _defaults_of(cls, fields)
    chosen_names = tuple(_chosen_name(cls, field) for field in fields)
    bases = (cls.__bases__[0],) if issubclass(cls, base) else (base,)
    slots = fields + extra_slots
    environment: dict[str, Any] = {"__missing": MISSING, "__make": Native.make or object.__new__}
    environment.update({f"__default_{name}": value for name, value in defaults.items()})
    text = _method_source(fields, defaults, extra_slots)
    methods = functions_of(text, environment, f"methods of {cls.__name__}")
    namespace: dict[str, object] = {
        name: value
        for name, value in cls.__dict__.items()
        if name not in fields and name not in ("__dict__", "__weakref__", "__slots__")
    }
    generated = {
        "__sats_new__": staticmethod(methods["__sats_new__"]),
        "replace": methods["replace"],
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_assignment,
        "__reduce__": _reduce,
        "__slots__": slots,
        "__sats_fields__": fields,
        "__sats_chosen_names__": chosen_names,
        "__match_args__": fields,
    }
    if base is not Sum:  # a sum is never built itself, only its variants are
        generated["__new__"] = methods["__new__"]
        # What a missing argument is told of: `Player() missing 1 required positional argument: 'name'`.
        methods["__new__"].__qualname__ = cls.__name__
    for name, method in (
        ("__eq__", methods["__eq__"]),
        ("__hash__", methods["__hash__"]),
        ("__repr__", _repr),
    ):
        if cls.__dict__.get(name) is None:
            generated[name] = method
    real = type(cls.__name__, bases, namespace | generated)
    members = tuple(real.__dict__[name] for name in fields)
    environment.update(__real=real, __blank=blank_class(real), __members=members)
    if Native.constructor is not None and base is not Sum and fields:
        slow = methods["__new__"]
        setattr(real, "__new__", Native.constructor(members, list(fields), list(defaults.values()), slow))  # noqa: B010
    return real
