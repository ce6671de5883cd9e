"""What the language and its library are used for, one function each: what it imports it imports when it runs.

None needs an optional part of the interpreter, so a module of them is published without any; and none keeps anything, so that
each gives the same whenever it is run.
"""

# mypy: disable-error-code="abstract, assignment, attr-defined, import-not-found, index, misc, no-any-return, operator, return, unused-ignore, var-annotated"
# ruff: noqa: BLE001, C416, T201, UP031 - what makers write

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from spacetimedb_sdk.module import Module, ReducerContext, Row, column, u32

__all__ = ["IDIOMS", "module"]

module = Module("idioms")


@module.table(public=True)
class Note(Row):
    id: u32 = column(primary_key=True)
    text: str


IDIOMS: list[Callable[[], object]] = []


def idiom(function: Callable[[], object]) -> Callable[[], object]:
    IDIOMS.append(function)
    return function


@module.reducer
def run(ctx: ReducerContext, number: u32, collected: bool) -> None:
    """Runs one of them among objects that refer to each other; `collected`: these are looked for behind it."""
    kept = [_circle(size) for size in range(number % 7)]
    found = IDIOMS[number]()
    print(repr(found))
    row = ctx.db[Note].find(id=number)
    text = repr(found)[:20]
    if row is None:
        ctx.db[Note].insert(Note(id=number, text=text))
    elif row.text != text:
        raise AssertionError(f"{row.text} before, {text} now")
    del kept
    if collected:
        gc.collect()


@module.reducer
def miss(_ctx: ReducerContext) -> None:
    """Asks for parts of the interpreter by names that no line has."""
    import sys

    for work in (
        lambda: __import__("_" + "csv"),
        lambda: (sys.modules.pop("_b" + "z2", None), __import__("_b" + "z2")),
        lambda: "é".encode("ascii", "name" + "replace"),
        lambda: sys.settrace(print),
    ):
        try:
            print(work())
        except Exception as error:
            print(f"{type(error).__name__} {error}")


@module.reducer
def huge(_ctx: ReducerContext) -> None:
    """Multiplies numbers of more digits than the interpreter can multiply."""
    seven = 7**20_000
    print(seven**20 % 10)


def _circle(size: int) -> list[Any]:
    class Node:
        def __init__(self, others: list[Any]) -> None:
            self.others, self.name = others, f"node {len(others)}"
            self.called = lambda: self.name
            self.walk = (other for other in others)

    others: list[Any] = []
    others += [Node(others) for _ in range(size)]
    return others


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
def copies() -> object:
    import copy

    one: list[Any] = [1, {"a": (2, {3})}]
    one.append(one)
    deep = copy.deepcopy(one)
    return deep[2] is deep, copy.copy([1, one])[1] is one, copy.deepcopy({"x": bytearray(b"a")})


@idiom
def containers() -> object:
    from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque

    ring = deque([1, 2, 3], maxlen=3)
    ring.appendleft(0)
    ring.rotate()
    lists = defaultdict(list)
    lists["a"].append(1)
    order = OrderedDict(a=1, b=2)
    order.move_to_end("a")
    return (
        ring,
        lists,
        list(order.items()),
        Counter("banana").most_common(2),
        ChainMap({"a": 1}, {"b": 2})["b"],
        UserDict(a=1),
    )


@idiom
def iterations() -> object:
    import itertools as it

    return (
        list(it.accumulate([1, 2, 3])), list(it.permutations("abc", 2))[:3], list(it.pairwise("abc")),
        [(k, list(g)) for k, g in it.groupby("aabbb")], list(it.zip_longest("ab", "c")), list(it.islice(it.cycle("xy"), 5)),
        list(it.product("ab", repeat=2))[-1], [*it.chain.from_iterable(["ab", "c"])], [*it.starmap(pow, [(2, 3)])],
    )  # fmt: skip


@idiom
def functions() -> object:
    import functools
    import operator

    @functools.lru_cache(maxsize=3)
    def fib(n: int) -> int:
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    @functools.singledispatch
    def kind(_value: object) -> str:
        return "object"

    @kind.register(int)
    def _(_value: int) -> str:
        return "int"

    @functools.wraps(fib)
    def wrapped(*args: Any, **named: Any) -> Any:
        return args, named

    class Lazy:
        @functools.cached_property
        def value(self) -> int:
            return 5

    pick = (
        operator.itemgetter(1, 0)("ab"),
        operator.attrgetter("real")(3),
        operator.methodcaller("upper")("a"),
    )
    return (
        fib(30),
        fib.cache_info().hits,
        kind(1),
        kind(""),
        wrapped(1, a=2),
        functools.reduce(operator.mul, [1, 2, 3]),
        pick,
        Lazy().value,
    )


@idiom
def ordering() -> object:
    import bisect
    import functools
    import heapq

    @functools.total_ordering
    class Rank:
        def __init__(self, value: int) -> None:
            self.value = value

        def __lt__(self, other: Rank) -> bool:
            return self.value < other.value

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Rank) and self.value == other.value

        __hash__ = None

    heap = [5, 1, 4]
    heapq.heapify(heap)
    heapq.heappush(heap, 0)
    ranks = sorted([Rank(3), Rank(1)], key=functools.cmp_to_key(lambda a, b: a.value - b.value))
    return (
        heapq.nsmallest(2, heap),
        [heapq.heappop(heap) for _ in range(2)],
        bisect.bisect([1, 3, 5], 3),
        [r.value for r in ranks],
        Rank(1) >= Rank(0),
    )


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
def streams() -> object:
    import io

    text, data = io.StringIO("a\nb\n"), io.BytesIO(b"abc")
    wrapped = io.TextIOWrapper(io.BytesIO("é\n".encode()), encoding="utf-8")
    data.seek(1)
    return list(text), data.read(), wrapped.read(), data.getvalue()


@idiom
def logs() -> object:
    import logging

    records: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(self.format(record))

    logger, handler = logging.getLogger("idiom"), Kept()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    logger.propagate = False
    logger.addHandler(handler)
    logger.warning("%d of %s", 1, "two")
    logger.removeHandler(handler)
    return records


@idiom
def json_texts() -> object:
    import json

    text = json.dumps({"a": [1, 2.5, None, True, "é\n"]}, indent=1, sort_keys=True)
    try:
        json.loads("[1,")
    except json.JSONDecodeError as error:
        return text, json.loads(text), error.pos, json.loads("[1e3]", parse_float=str)


@idiom
def expressions() -> object:
    import re

    pattern = re.compile(r"(?P<key>\w+)\s*=\s*(?P<value>[^;]+)(?:;|$)", re.IGNORECASE)
    return (
        pattern.findall("a = 1; b=2"),
        re.sub(r"(\d)", lambda m: m[1] * 2, "a1b2"),
        re.split(r"[,;]", "a,b;c"),
        re.match("(?i)X|y", "Y")[0],
        re.escape("a.b"),
    )


@idiom
def formatting() -> object:
    import pprint
    import string
    import textwrap

    nested = {"key": list(range(30)), "other": {"a": ("x" * 30, "y" * 40)}}
    made = string.Template("$a and ${b}").substitute(a=1, b=2)
    return (
        pprint.pformat(nested),
        textwrap.fill("many words " * 9, 30),
        textwrap.dedent("  a\n  b"),
        made,
        string.Formatter().format("{0:>4}", 1),
    )


@idiom
def fractional() -> object:
    import decimal
    import fractions

    with decimal.localcontext() as context:
        context.prec = 12
        third = decimal.Decimal(1) / 3
    return (
        fractions.Fraction("1/3") + fractions.Fraction(0.25),
        third,
        decimal.Decimal("1.10").normalize(),
        fractions.Fraction(22, 7).limit_denominator(5),
    )


@idiom
def statistical() -> object:
    import math
    import statistics

    values = [1, 2, 2, 5]
    return (
        statistics.mean(values),
        statistics.median([1, 2]),
        statistics.mode(values),
        round(statistics.stdev(values), 6),
        math.isclose(math.hypot(3, 4), 5),
        math.comb(9, 3),
        math.fsum([0.1] * 10),
    )


@idiom
def chance() -> object:
    import random

    dice = random.Random(5)
    deck = list(range(9))
    dice.shuffle(deck)
    return (
        dice.randint(1, 6),
        deck,
        dice.choices("ab", k=4),
        round(dice.gauss(0, 1), 6),
        dice.sample(range(50), 3),
    )


@idiom
def hashes() -> object:
    import base64
    import binascii
    import hashlib
    import hmac

    digests = (
        hashlib.sha256(b"a").hexdigest()[:9],
        hashlib.md5(b"a").hexdigest()[:9],
        hashlib.blake2b(b"a", digest_size=4).hexdigest(),
    )
    return (
        digests,
        base64.b64encode(b"abc"),
        base64.b32decode("MFRGG==="),
        binascii.hexlify(b"ab"),
        hmac.new(b"k", b"m", "sha1").hexdigest()[:9],
    )


@idiom
def packing() -> object:
    import struct
    import uuid

    packed = struct.pack("<IhQ3sd", 1, -2, 3, b"abc", 0.5)
    return packed, struct.unpack("<IhQ3sd", packed), uuid.UUID(int=5), uuid.uuid5(uuid.NAMESPACE_DNS, "a")


@idiom
def pickles() -> object:
    import pickle

    return pickle.loads(pickle.dumps({1: [2, ("a", {3})], "f": 0.5})), pickle.loads(
        pickle.dumps(ValueError("x"), 2)
    ).args


@idiom
def words() -> object:
    import difflib
    import shlex

    return (
        shlex.split("a 'b c' d"),
        shlex.quote("a b"),
        difflib.get_close_matches("appel", ["ape", "apple"]),
        list(difflib.unified_diff(["a"], ["b"])),
    )


@idiom
def addresses() -> object:
    import html
    import ipaddress

    return (
        html.escape("<a>"),
        html.unescape("&eacute;&#65;"),
        ipaddress.ip_network("10.0.0.0/30").num_addresses,
        ipaddress.ip_address("::1").is_loopback,
    )


@idiom
def markup() -> object:
    from html.parser import HTMLParser

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attributes: Any) -> None:
            seen.append((tag, attributes))

    seen: list[Any] = []
    Tags().feed("<p class='x'>a<br></p>")
    return seen


@idiom
def graphs() -> object:
    import graphlib

    try:
        graphlib.TopologicalSorter({1: [2], 2: [1]}).prepare()
    except graphlib.CycleError as error:
        return list(graphlib.TopologicalSorter({"b": ["a"], "c": ["b"]}).static_order()), error.args[0]


@idiom
def times() -> object:
    import calendar
    from datetime import UTC, date, datetime, timedelta, timezone

    moment = datetime(2024, 2, 29, 13, 5, tzinfo=UTC)
    zone = timezone(timedelta(hours=2))
    return (
        moment.isoformat(),
        moment.astimezone(zone).strftime("%d %H:%M %z"),
        date(2024, 1, 1).isocalendar().week,
        list(map(int, calendar.monthrange(2024, 2))),
        str(timedelta(days=1, seconds=5)),
        datetime.fromisoformat("2024-01-02T03:04:05").year,
        (moment - timedelta(days=365)).date(),
    )


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
def settings() -> object:
    import configparser

    parser = configparser.ConfigParser()
    parser.read_string("[a]\nb = 1\nc = %(b)s2\n")
    return parser["a"]["c"], parser.getint("a", "b"), parser.sections()


@idiom
def colours() -> object:
    import cmath
    import colorsys
    import keyword

    return colorsys.rgb_to_hsv(1, 0.5, 0), cmath.sqrt(-4), keyword.iskeyword("if")


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
def sorting() -> object:
    rows = [("b", 2), ("a", 2), ("c", 1)]
    return (
        sorted(rows, key=lambda row: (-row[1], row[0])),
        max(rows),
        min(rows, key=lambda r: r[1]),
        list(reversed(rows)),
        [*enumerate("ab", 1)],
        list(zip("ab", [1, 2], strict=True)),
        any([0, 1]),
        all([]),
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
