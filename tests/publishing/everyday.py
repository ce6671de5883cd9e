"""What makers write every day, as functions without arguments: each gives the same wherever it is run, but the
clock's."""

# ruff: noqa: UP017, UP031, PTH - what makers write

from __future__ import annotations

import abc
import base64
import bisect
import collections
import contextlib
import copy
import decimal
import errno
import fractions
import functools
import gettext
import hashlib
import heapq
import itertools
import json
import math
import operator
import os
import random
import re
import statistics
import string
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from enum import Enum, Flag, IntFlag, StrEnum, auto
from pathlib import PurePosixPath
from typing import Any, NamedTuple

__all__ = ["CLOCK", "EVERYDAY", "SYSTEM"]


@dataclass(order=True)
class Thing:
    rank: int
    tags: list[int] = field(default_factory=list)


class Colour(Enum):
    RED = auto()
    BLUE = "b"


class Bits(Flag):
    A = auto()
    B = auto()


class Suit(StrEnum):
    HEARTS = auto()
    SPADES = "black"


class Right(IntFlag):
    READ = 4
    WRITE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    number: int
    seat: str = "A"


class Deck:
    @functools.cached_property
    def order(self) -> list[int]:
        return [3, 1, 2]


class Place(NamedTuple):
    x: int
    y: int = 0


def _numbers() -> Iterator[int]:
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def _matched(value: object) -> str:
    match value:
        case {"kind": "move", "by": [x, y]}:
            return f"move {x},{y}"
        case [first, *rest] if rest:
            return f"{first} and {rest}"
        case Thing(rank=rank):
            return f"thing {rank}"
        case int() | float():
            return "number"
        case Colour.RED:
            return "red"
        case _:
            return "?"


@contextlib.contextmanager
def _five() -> Iterator[int]:
    yield 5


def _in_context() -> int:
    with _five() as value:
        return value


def _raised() -> str:
    said = "nothing"
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error
    except* ValueError as group:
        said = f"{group!r} {group.exceptions[0].__cause__!r}"
    return said


class Base(abc.ABC):
    made = 0

    def __init_subclass__(cls, kind: str = "none") -> None:
        cls.kind = kind

    kind: str

    @property
    @abc.abstractmethod
    def twice(self) -> int: ...


@functools.total_ordering
class Counted(Base, kind="counted"):
    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value
        Counted.made += 1

    @property
    def twice(self) -> int:
        return 2 * self.value

    @classmethod
    def of(cls, text: str) -> Counted:
        return cls(int(text))

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.value + other.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counted) and self.value == other.value

    def __lt__(self, other: Counted) -> bool:
        return self.value < other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value}, {self.kind})"


@functools.cache
def _memo(number: int) -> int:
    return number if number < 2 else _memo(number - 1) + _memo(number - 2)


@functools.singledispatch
def _kind(_value: object) -> str:
    return "object"


@_kind.register
def _(_value: int) -> str:
    return "int"


@_kind.register(list)
def _(_value: list[Any]) -> str:
    return "list"


def _generated() -> list[object]:
    log: list[object] = []

    def numbers() -> Generator[int, int | None, str]:
        try:
            given = yield 1
            yield (given or 0) * 2
        finally:
            log.append("closed")
        return "end"

    def outer() -> Iterator[object]:
        log.append((yield from numbers()))

    generator = numbers()
    log += [next(generator), generator.send(5)]
    generator.close()
    return [*log, *outer(), *log]


def _passed(*args: object, **named: object) -> object:
    return args, named


def _scoped() -> list[object]:
    count = 0

    def more() -> int:
        nonlocal count
        count += 1
        return count

    # The last one, three times.
    late: list[Callable[[], int]] = [lambda: each for each in range(3)]  # noqa: B023
    return [more(), more(), count, [work() for work in late], _passed(1, a=2)]


def _multiplied(left_bits: int, right_bits: int) -> object:
    """A product of numbers without a pattern, by what is left of it, and its square."""
    chance = random.Random(left_bits)
    left, right = chance.getrandbits(left_bits), chance.getrandbits(right_bits)
    product = left * right
    prime = 2**127 - 1
    assert product % prime == (left % prime) * (right % prime) % prime
    return (
        product.bit_length(),
        product % prime,
        product & 0xFFFF_FFFF,
        left * left % prime,
        product // right == left,
    )


# Sizes around which a product of large numbers is made otherwise, and others of very unlike length.
_SIZES = [(57_000, 600), (57_000, 57_000), (48_000, 9_700), (64_000, 64_000), (64_100, 63_900), (200_000, 64_000), (300_000, 1_000), (123_456, 77_777)]  # fmt: skip


def _caught(work: Callable[[], object]) -> str:
    try:
        return repr(work())
    except Exception as error:  # noqa: BLE001 - what it is and says is what is compared
        return f"{type(error).__name__} {error}"


# Mistakes whose words are the same in every Python.
WRONG: list[Callable[[], object]] = [
    lambda: dict[str, int]()["x"],
    lambda: [][0],
    lambda: int("x"),
    lambda: next(iter([])),
    lambda: "a" + 1,  # type: ignore[operator]
    lambda: sum(["a"]),  # type: ignore[list-item]
    lambda: b"\xff".decode(),
    lambda: list(zip([1], [1, 2], strict=True)),
    lambda: json.loads("{"),
]
EVERYDAY: list[Callable[[], Any]] = [
    lambda: json.dumps(json.loads('{"b": [1, 2.5, null], "a": "\\u00e9"}'), indent=1, sort_keys=True),
    lambda: re.sub(r"(?P<w>\w+)-(\d+)", lambda found: found["w"].upper(), "ab-12 cd-3"),
    lambda: (statistics.mean([1, 2, 4]), statistics.median([3, 1, 2]), round(statistics.stdev([1, 2, 4]), 6)),
    lambda: (Thing(3), Thing(1) < Thing(2), copy.deepcopy(Thing(1, [2]))),
    lambda: (Colour("b").name, [colour.name for colour in Colour], (Bits.A | Bits.B).value),
    lambda: list(itertools.islice(_numbers(), 10)),
    lambda: list(map(_matched, ({"kind": "move", "by": [1, 2]}, [1, 2, 3], Thing(7), 2, Colour.RED, None))),
    lambda: f"{math.pi:.3f} {'x':>5}|{1234567:,} {[1]!r} {f'{1 + 1}'} {datetime(2024, 2, 29):%Y}",
    lambda: (collections.Counter("hello").most_common(1), list(collections.deque([1, 2], maxlen=1))),
    lambda: (Place(1), Place(1)._replace(y=2), sorted([("b", 1), ("a", 2)], key=operator.itemgetter(1))),
    lambda: (heapq.nsmallest(2, [3, 1, 2]), bisect.bisect([1, 3], 2)),
    lambda: functools.reduce(operator.add, [1, 2, 3]),
    lambda: (hashlib.sha256(b"a").hexdigest(), hashlib.md5(b"a").hexdigest(), base64.b64encode(b"hi")),
    lambda: (uuid.uuid5(uuid.NAMESPACE_DNS, "a"), decimal.Decimal("1.1") * 3, fractions.Fraction(1, 3) + 1),
    lambda: (textwrap.fill("a b c", 3), string.ascii_letters[:3], "é".encode(), "%05.1f" % 2.25),
    lambda: (2**200, math.isqrt(10**20), divmod(-7, 3), 7 // -2, round(2.5), -7 % 3, 1e300 * 1e10),
    lambda: (bytes([1, 2]).hex(), memoryview(b"abc")[1], int.from_bytes(b"\1\2", "big"), (5).to_bytes(2)),
    lambda: (random.Random(5).random(), random.Random(5).sample(range(100), 3), random.Random(5).gauss(0, 1)),
    lambda: (datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=2))).isoformat(), timedelta(1, 7.5)),
    lambda: (datetime.strptime("2024-02-03 04:05", "%Y-%m-%d %H:%M"), date(2024, 1, 1).strftime("%A %j")),
    lambda: (PurePosixPath("a/b.txt").suffix, os.path.join("a", "b"), os.path.splitext("a.b")),
    _in_context,
    _raised,
    lambda: ("é".encode("utf-16"), b"a\0".decode("UTF-16-LE"), "€".encode("cp1252"), "é".encode("iso-8859-15")),
    lambda: ("a".encode("utf-8-sig"), "é".encode("ascii", "backslashreplace"), json.loads("[1]".encode("utf-16"))),
    lambda: (sys.maxsize, min(sys.maxsize, 10**12), -sys.maxsize - 1, random.Random(1).randrange(sys.maxsize)),
    lambda: (decimal.Decimal(2).sqrt(), decimal.MAX_PREC, decimal.Decimal("2.675").quantize(decimal.Decimal("0.01"))),
    lambda: (10**30 // 7, divmod(-(10**20), 3), 2**100 >> 3, pow(38, -1, 97), int("1_000"), f"{10**20:,}", 1 << 100),
    lambda: [f"{value:.3f} {value:g} {value:.10e} {value:,.2f} {value!r}" for value in (0.1, 1 / 3, 1e-300, 1e21, 2.5, 1e16)],
    lambda: [_caught(work) for work in WRONG],
    _generated,
    _scoped,
    lambda: (Counted(2) + Counted(3), Counted(1) < Counted(2), sorted([Counted(3), Counted(1)]), {Counted(1): 1}[Counted(1)]),
    lambda: (Counted.made > 0, Counted(5).twice, Counted.of("7"), hasattr(Counted(1), "no"), isinstance(Counted(1), Base)),
    lambda: [*range(3), *"ab"] + [left or right for left in (0, 1) for right in (2, 3) if left != right],
    lambda: ({"a": 1} | {"b": 2}, dict(sorted({"b": 1, "a": 2}.items(), key=lambda pair: pair[1])), {"a": 1, "b": 2}),
    lambda: [found for value in range(3) if (found := value * 2)],
    lambda: (_memo(30), _memo.cache_info().hits > 0, functools.partial(int, base=2)("101"), _kind(1), _kind([]), _kind("a")),
    lambda: (list(itertools.accumulate([1, 2, 3], initial=10)), list(itertools.pairwise("abc")), list(zip("ab", "cd", strict=True))),
    lambda: ("straße".upper(), "İ".lower(), "a\nb\r\nc".splitlines(), "%-5d|%x" % (7, 255), "x".center(5, "*"), ascii("é😀")),
    lambda: (f"{Suit.HEARTS} {Suit('black')!r}", Right.READ | Right.WRITE, Right(2) in Right(6), json.dumps([Suit.SPADES, Right.READ])),
    lambda: (Ticket(number=1), replace(Ticket(number=1), seat="B"), asdict(Ticket(number=2)), _caught(lambda: Ticket(1))),  # type: ignore[call-arg]
    lambda: ((deck := Deck()).order is deck.order, f"{decimal.Decimal('1234.5'):,.2f}", f"{-3:05d} {255:#06x} {0.5:.0%} {1e6:g}"),
    lambda: (errno.errorcode[errno.ENOENT], gettext.ngettext("one", "more", 2)),
    lambda: [_multiplied(*sizes) for sizes in _SIZES],
    lambda: (10**100_000 * 10**100_000 == 10**200_000, (2**10_000_000).bit_length(), 3**200_000 % (10**9 + 7), math.factorial(20_000) % (2**61 - 1)),
    lambda: (_caught(lambda: int("9" * 1_000_000))[:10], _caught(lambda: str(10**5_000))[:10], math.isqrt(10**60_000) == 10**30_000, math.gcd(6**40_000, 10**40_000).bit_length()),
    lambda: re.findall(r"(?P<q>['\"]).*?(?P=q)|\\b[^\\W\\d_]+", "say 'hi' \"yo\" né_1"),
]  # fmt: skip

CLOCK: list[Callable[[], Any]] = [
    time.time,
    lambda: tuple(time.gmtime()),
    lambda: tuple(time.localtime(0))[:8],
    lambda: time.strftime("%Y-%m-%d %H:%M:%S %a %Z %%Z"),
    time.ctime,
    lambda: str(datetime.now()),
    lambda: datetime.now(timezone.utc).isoformat(),
    lambda: str(date.today()),
]

# What needs an operating system, or a second thread; as texts, for `check` would refuse a module that holds it.
SYSTEM = [
    "open('x')",
    "import pathlib; pathlib.Path('x').read_text()",
    "import os; os.listdir()",
    "import os; os.urandom(4)",
    "import uuid; uuid.uuid4()",
    "import random; random.SystemRandom().random()",
    "import time; time.sleep(1)",
    "import threading; threading.Thread(target=print)",
]
