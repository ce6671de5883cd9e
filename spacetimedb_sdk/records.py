"""Records: immutable values with named, slotted fields, that cost little to define.

`dataclasses` writes and compiles each method of each class: the half millisecond that takes, a hundred times over, would be
most of importing a client. Here all records share their methods, and those of which many are made get some of their own
after a while, which are as quick as a dataclass's. Otherwise a record is a dataclass, also to `fields`, `replace`, `asdict`
and `astuple`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, dataclass_transform, overload

__all__ = ["field", "record"]

C = TypeVar("C", bound=type)


# So many of a class are made by the method that all share: by then to compile one of its own, half a millisecond, pays soon.
_SHARED_FOR = 200
# In place of a default where there is none.
_MISSING: object = object()


class _Field:
    """What a class says of a field beyond its type."""

    __slots__ = ("default", "factory", "is_shown")

    def __init__(
        self, default: object, factory: Callable[[], object] | None = None, is_shown: bool = True
    ) -> None:
        self.default = default
        self.factory = factory
        self.is_shown = is_shown


def field(
    *, default: object = _MISSING, default_factory: Callable[[], object] | None = None, repr: bool = True
) -> Any:
    """A field whose default is made for each record, or that `repr()` leaves out: `token: str = field(repr=False)`."""
    return _Field(default, default_factory, repr)


@overload
def record(cls: C, /) -> C: ...
@overload
def record(*, frozen: bool = True, order: bool = False) -> Callable[[C], C]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: Any = None, /, *, frozen: bool = True, order: bool = False) -> Any:
    """Make a record of the annotated fields of a class, which inherits none. What the class defines itself stays.

    With `frozen` off its fields can be assigned to, and it has no hash. With `order` records compare as tuples of their
    fields.
    """
    if cls is None:
        return lambda cls: _made(cls, frozen, order)
    return _made(cls, frozen, order)


def _made(cls: Any, frozen: bool, order: bool) -> Any:
    namespace = dict(cls.__dict__)
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    fields: dict[str, _Field] = {}
    for name, type_ in namespace.get("__annotations__", {}).items():
        if not str(type_).startswith("ClassVar"):
            given = namespace.pop(name, _MISSING)
            fields[name] = given if isinstance(given, _Field) else _Field(given)
    shared = {**_METHODS, **(_FROZEN if frozen else _ASSIGNABLE), **(_ORDER if order else {})}
    for name, method in shared.items():
        if getattr(cls, name, None) is getattr(object, name, None):
            namespace.setdefault(name, method)
    namespace |= {
        "__slots__": tuple(fields),
        "__match_args__": tuple(fields),
        "__dataclass_fields__": _Fields(),
    }
    made = type(cls)(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    made.__record__ = _Shape(made, fields)
    return made


class _Shape:
    """The fields of one record class, as the shared methods need them."""

    __slots__ = ("cls", "fields", "fill", "left", "names", "values")

    def __init__(self, cls: type, fields: dict[str, _Field]) -> None:
        self.cls = cls
        self.fields = fields
        # How many are still made by the shared method.
        self.left = _SHARED_FOR
        self.names = tuple(fields)
        # The slots' own way to assign, which a frozen class does not bar.
        self.fill = tuple(cls.__dict__[name].__set__ for name in fields)
        # From a record to the tuple of its fields; of a single field, to its value.
        self.values: Callable[[object], object] = attrgetter(*fields) if fields else _no_values

    def bound(self, cls: type, values: tuple[object, ...], named: dict[str, object]) -> list[object]:
        """A value for each field. TypeError as a plain signature would raise it."""
        if len(values) > len(self.names):
            raise TypeError(f"{cls.__name__} takes {len(self.names)} values, not {len(values)}")
        found = dict(zip(self.names, values, strict=False))
        for name, value in named.items():
            if name in found or name not in self.fields:
                raise TypeError(f"{cls.__name__} got an unexpected or a second value for {name!r}")
            found[name] = value
        for name, of in self.fields.items():
            if name not in found:
                if of.factory is None and of.default is _MISSING:
                    raise TypeError(f"{cls.__name__} lacks a value for {name!r}")
                found[name] = of.default if of.factory is None else of.factory()
        return [found[name] for name in self.names]


def _no_values(_record: object) -> tuple[()]:
    return ()


class _Fields:
    """`__dataclass_fields__`, which `dataclasses` asks a class or an instance for: made when it does."""

    def __get__(self, instance: object, owner: Any) -> Mapping[str, object]:
        import dataclasses

        fields = []
        for name, of in owner.__record__.fields.items():
            keywords: dict[str, Any] = {"repr": of.is_shown}
            if of.factory is not None:
                keywords["default_factory"] = of.factory
            elif of.default is not _MISSING:
                keywords["default"] = of.default
            fields.append((name, owner.__annotations__[name], dataclasses.field(**keywords)))
        like: Any = dataclasses.make_dataclass(owner.__name__, fields)
        owner.__dataclass_fields__ = like.__dataclass_fields__
        return owner.__dataclass_fields__  # type: ignore[no-any-return]


# -- the methods that records share ------------------------------------------------------------------------------------


def _init(self: Any, /, *values: object, **named: object) -> None:
    shape: _Shape = self.__record__
    shape.left -= 1
    if shape.left < 0:
        _specialise(shape)
    whole = shape.bound(type(self), values, named) if named or len(values) != len(shape.fill) else values
    for fill, value in zip(shape.fill, whole, strict=True):
        fill(self, value)


def _specialise(shape: _Shape) -> None:
    """Give a class an `__init__` and an `__eq__` of its own, which do the same in a third of the time."""
    environment: dict[str, Any] = {"_missing": _MISSING}
    is_frozen = shape.cls.__setattr__ is _refuse
    parameters: list[str] = []
    lines: list[str] = []
    for name, fill in zip(shape.names, shape.fill, strict=True):
        of = shape.fields[name]
        is_required = of.factory is None and of.default is _MISSING
        if is_required and parameters and "=" in parameters[-1]:  # no signature of Python's says that
            shape.left = sys.maxsize
            return
        environment[f"_fill_{name}"] = fill
        environment[f"_default_{name}"] = of.default if of.factory is None else _MISSING
        environment[f"_factory_{name}"] = of.factory
        parameters.append(name if is_required else f"{name}=_default_{name}")
        given = name if of.factory is None else f"_factory_{name}() if {name} is _missing else {name}"
        # Where nothing bars it, plain assignment is the quickest.
        lines.append(f"    _fill_{name}(_self, {given})" if is_frozen else f"    _self.{name} = {given}")
    pairs = [f"({''.join(f'{owner}.{name}, ' for name in shape.names)})" for owner in ("_self", "_other")]
    text = "\n".join(
        [
            f"def __init__({', '.join(['_self', *parameters])}):",
            *(lines or ["    pass"]),
            "def __eq__(_self, _other):",
            "    if _other.__class__ is not _self.__class__:",
            "        return NotImplemented",
            f"    return {pairs[0]} == {pairs[1]}",
        ]
    )
    try:
        code = compile(text, f"<record {shape.cls.__qualname__}>", "exec")
    except RuntimeError:  # inside a database, where Python's compiler may have been left out
        shape.left = sys.maxsize
        return
    exec(code, environment)
    # Only what is shared gives way, not what a class defines itself.
    for name, shared in (("__init__", _init), ("__eq__", _eq)):
        if shape.cls.__dict__.get(name) is shared:
            setattr(shape.cls, name, environment[name])


def _eq(self: Any, other: Any) -> object:
    if type(other) is not type(self):
        return NotImplemented
    values = self.__record__.values
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash((type(self), self.__record__.values(self)))


@recursive_repr("...")
def _repr(self: Any) -> str:
    fields: dict[str, _Field] = self.__record__.fields
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name, of in fields.items() if of.is_shown)
    return f"{type(self).__qualname__}({shown})"


def _reduce(self: Any) -> tuple[object, ...]:
    return type(self), tuple(getattr(self, name) for name in self.__record__.names)


def _replace(self: Any, /, **changes: object) -> Any:
    return type(self)(**{**{name: getattr(self, name) for name in self.__record__.names}, **changes})


def _refuse(self: object, name: str, *_value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change {name!r} of a {type(self).__name__}, which is frozen")


def _compared(name: str) -> Callable[[Any, object], object]:
    def compare(self: Any, other: Any) -> object:
        if type(other) is not type(self):
            return NotImplemented
        values = self.__record__.values
        return getattr(values(self), name)(values(other))

    return compare


_METHODS: dict[str, object] = {
    "__init__": _init,
    "__eq__": _eq,
    "__repr__": _repr,
    "__reduce__": _reduce,
    "__replace__": _replace,
}
_FROZEN: dict[str, object] = {"__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
_ASSIGNABLE: dict[str, object] = {"__hash__": None}
_ORDER: dict[str, object] = {name: _compared(name) for name in ("__lt__", "__le__", "__gt__", "__ge__")}
