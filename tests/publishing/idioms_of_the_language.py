"""What the language is used for, one function each: what it imports it imports when it runs."""

# mypy: disable-error-code="abstract, assignment, attr-defined, import-not-found, index, misc, no-any-return, operator, return, unused-ignore, var-annotated"
# ruff: noqa: BLE001, C416, T201, UP031 - what makers write

from __future__ import annotations

import gc
from typing import Any

from .idiom import idiom


@idiom
def texts() -> object:
    words = ["the", "quick", "brown", "fox"]
    parts = [
        *map(str.title, words),
        " x ".strip().center(7, "*"),
        "a,b".partition(","),
        "ab" * 3,
        "tab\tbed".expandtabs(4),
    ]
    return (
        parts,
        "é".encode(),
        "%s %5.2f %x %r" % ("a", 2.5, 255, "q"),
        "ß".casefold(),
        f"{12345:>8,}|{0.5:e}",
    )


@idiom
def bytes_and_views() -> object:
    data = bytearray(b"hello")
    view = memoryview(data)[1:3]
    view[0] = 65
    return (
        bytes(data),
        view.tobytes(),
        data.hex("-"),
        bytes.fromhex("00ff"),
        data.translate(bytes(range(256))),
        b"a b".split(),
    )


@idiom
def numbers() -> object:
    big = 3**400 // 7**50
    return (
        big % 1000007,
        pow(3, -1, 7),
        divmod(-7, 2),
        (0.1).hex(),
        round(2.675, 2),
        complex(1, 2) ** 2,
        (2**70).bit_length(),
        int("zz", 36),
    )


@idiom
def comprehensions() -> object:
    rows = [{"k": i, "v": {j for j in range(i)}} for i in range(5)]
    return (
        rows,
        {k: v for d in rows for k, v in d.items() if k == "k"},
        sum(x * x for x in range(50)),
        [(a, b) for a in "xy" for b in "pq"],
    )


@idiom
def patterns() -> object:
    found = []
    for value in (1, "a", [1, 2, 3], {"x": 1, "y": 2}, (), None):
        match value:
            case int(n):
                found.append(f"int {n}")
            case str():
                found.append("str")
            case [first, *rest]:
                found.append(f"{first} {rest}")
            case {"x": x, **more}:
                found.append(f"{x} {more}")
            case _:
                found.append("else")
    return found


@idiom
def generators() -> object:
    def inner() -> Any:
        got = yield 1
        yield from [got, 2]
        return "end"

    def outer() -> Any:
        yield (yield from inner())

    walk = outer()
    return next(walk), walk.send("sent"), next(walk), next(walk), walk.close()


@idiom
def errors() -> object:
    found = []
    for work in (
        lambda: 1 / 0,
        lambda: [][1],
        lambda: {}["k"],
        lambda: int("x"),
        lambda: None.x,
        lambda: "a" + 1,
        lambda: b"\xff".decode(),
    ):
        try:
            work()
        except Exception as error:
            try:
                raise RuntimeError("outer") from error
            except RuntimeError as outer:
                found.append(f"{type(outer.__cause__).__name__} {outer}")
        finally:
            found.append("f")
    return found


@idiom
def groups() -> object:
    try:
        raise ExceptionGroup(
            "several", [ValueError(1), KeyError("k"), ExceptionGroup("more", [TypeError("t")])]
        )
    except* ValueError as some:
        first = repr(some.exceptions)
    except* (KeyError, TypeError) as rest:
        second = len(rest.exceptions)
    return first, second


@idiom
def tracebacks() -> object:
    import traceback

    try:
        {}["missing"]
    except KeyError as error:
        return traceback.format_exception_only(error), [
            frame.name for frame in traceback.extract_tb(error.__traceback__)
        ]


@idiom
def classes() -> object:
    class Meta(type):
        def __new__(cls, name: str, bases: Any, names: Any, **more: Any) -> Any:
            return super().__new__(cls, name, bases, {**names, **more})

        def __call__(cls, *args: Any) -> Any:
            return super().__call__(*args)

    class Checked:
        def __set_name__(self, owner: type, name: str) -> None:
            self.name = "_" + name

        def __get__(self, instance: Any, owner: type) -> Any:
            return self if instance is None else instance.__dict__[self.name] * 2

        def __set__(self, instance: Any, value: int) -> None:
            instance.__dict__[self.name] = value

    class Base(metaclass=Meta, more=5):
        level = Checked()

        def __init__(self, level: int) -> None:
            self.level = level

        def __init_subclass__(cls, **_: Any) -> None:
            cls.seen = True

        @property
        def double(self) -> int:
            return self.level * 2

        def __getattr__(self, name: str) -> str:
            return f"no {name}"

    class Inner(Base):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None

    one = Inner(4)
    return (
        one.level,
        one.double,
        one.none,
        Inner.seen,
        one == 3,
        Inner.more,
        [c.__name__ for c in Inner.__mro__],
    )


@idiom
def abstract() -> object:
    import abc
    import numbers

    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self) -> float: ...

    class Square(Shape):
        def area(self) -> float:
            return 4.0

    @Shape.register
    class Other:
        pass

    try:
        Shape()
    except TypeError as error:
        return (
            type(error).__name__,
            Square().area(),
            isinstance(Other(), Shape),
            isinstance(3, numbers.Integral),
        )


@idiom
def enums() -> object:
    import enum

    class Colour(enum.Enum):
        RED = enum.auto()
        BLUE = "b"

    class Bits(enum.IntFlag):
        A = 1
        B = 2

    class Name(enum.StrEnum):
        ONE = enum.auto()

    return list(Colour), Bits.A | Bits.B, Colour("b").name, Name.ONE.upper(), Bits(3) & Bits.B


@idiom
def typings() -> object:
    import typing

    T = typing.TypeVar("T")

    class Box(typing.Generic[T]):
        def __init__(self, value: T) -> None:
            self.value = value

    @typing.runtime_checkable
    class Sized(typing.Protocol):
        def __len__(self) -> int: ...

    return (
        Box[int](3).value,
        isinstance([], Sized),
        typing.get_args(dict[str, int]),
        typing.get_origin(list[int]),
        typing.cast(int, "x"),
        str(int | None),
    )


@idiom
def weak() -> object:
    import weakref

    class Thing:
        def __del__(self) -> None:
            log.append("gone")

    log: list[str] = []
    things = weakref.WeakValueDictionary()
    one = Thing()
    one.self = one
    things["a"] = one
    seen = weakref.ref(one, lambda _: log.append("called"))
    before = seen() is one, len(things)
    del one
    gc.collect()
    return before, seen() is None, len(things), sorted(log)


@idiom
def contexts() -> object:
    import contextlib
    import io

    @contextlib.contextmanager
    def told(name: str) -> Any:
        log.append(f"in {name}")
        try:
            yield name
        finally:
            log.append(f"out {name}")

    log: list[str] = []
    with contextlib.ExitStack() as stack, contextlib.suppress(ValueError), told("a"):
        stack.enter_context(told("b"))
        raise ValueError
    held = io.StringIO()
    with contextlib.redirect_stdout(held):
        print("kept")
    return log, held.getvalue()


@idiom
def made_types() -> object:
    import types

    made = types.new_class("Made", (dict,), {}, lambda names: names.update(a=1))
    plain = type("Plain", (), {"b": property(lambda self: 2)})
    space = types.SimpleNamespace(x=1)
    return (
        made.a,
        plain().b,
        space,
        types.MappingProxyType({"k": 1}),
        types.MethodType(lambda self: self, 3)(),
    )


@idiom
def scopes() -> object:
    count = 0

    def add(*args: int, by: int = 1, **named: int) -> int:
        nonlocal count
        count += by + sum(args) + sum(named.values())
        return count

    first, *middle, last = range(5)
    if (size := len(middle)) > 2:
        add(1, 2, by=3, x=4)
    return count, first, middle, last, size, (lambda *, k: k)(k=2), [*{"a": 1, "b": 2}]


@idiom
def recursion() -> object:
    def down(depth: int) -> int:
        return down(depth + 1)

    try:
        down(0)
    except RecursionError as error:
        return type(error).__name__


@idiom
def sets() -> object:
    one, other = {1, 2, 3}, frozenset([2, 3, 4])
    one.discard(9)
    return (
        sorted(one & other),
        sorted(one ^ other),
        one <= {1, 2, 3, 4},
        sorted(one | other),
        one.isdisjoint([9]),
        hash(other) == hash(frozenset([4, 3, 2])),
    )


@idiom
def attributes() -> object:
    class Thing:
        a = 1

        def method(self) -> str:
            return "m"

        @classmethod
        def made(cls) -> str:
            return cls.__name__

        @staticmethod
        def free() -> str:
            return "s"

        def __repr__(self) -> str:
            return "<thing>"

        def __format__(self, spec: str) -> str:
            return spec * 2

        def __enter__(self) -> Thing:
            return self

        def __exit__(self, *_: object) -> bool:
            return True

    one = Thing()
    setattr(one, "b", 2)  # noqa: B010
    with one:
        raise KeyError
    return (
        vars(one),
        hasattr(one, "c"),
        getattr(one, "c", 3),
        f"{one:x}",
        Thing.made(),
        one.free(),
        one.method(),
        repr(one),
        callable(one),
    )


@idiom
def hints() -> object:
    class Near:
        length = 1

    try:
        Near().lenght
    except AttributeError as error:
        return error.name, str(error).startswith("'Near'")


@idiom
def warned() -> object:
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    return [str(one.message) for one in caught]


@idiom
def looked_at() -> object:
    import inspect

    def work() -> None: ...

    return (
        inspect.isfunction(work),
        inspect.isclass(int),
        inspect.getmro(bool)[1].__name__,
        inspect.isgenerator(x for x in "a"),
    )


@idiom
def late_names() -> object:
    try:
        import not_there  # noqa: F401
    except ImportError as error:
        return error.name
