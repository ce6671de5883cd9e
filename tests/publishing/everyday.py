"""What makers write every day, as functions without arguments: each gives the same wherever it is run, but the
clock's."""

# ruff: noqa: UP017, UP031, PTH - what makers write

from __future__ import annotations

import base64
import bisect
import collections
import contextlib
import copy
import decimal
import fractions
import functools
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
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import Enum, Flag, auto
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
