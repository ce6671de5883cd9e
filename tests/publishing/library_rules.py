"""What the rules of a game take from Python's library: each use is the same inside a database, and none is refused by `check`."""

# ruff: noqa: UP017 - what makers write

from __future__ import annotations

import abc
import argparse
import array
import ast
import base64
import binascii
import bisect
import calendar
import cmath
import collections
import collections.abc
import colorsys
import configparser
import contextlib
import contextvars
import copy
import csv
import dataclasses
import datetime
import decimal
import difflib
import enum
import errno
import fnmatch
import fractions
import functools
import getopt
import glob
import graphlib
import hashlib
import heapq
import hmac
import html
import html.entities
import html.parser
import http
import inspect
import io
import ipaddress
import itertools
import json
import keyword
import locale
import logging
import math
import mimetypes
import numbers
import operator
import os
import os.path
import pathlib
import pickle
import platform
import pprint
import queue
import random
import re
import reprlib
import secrets
import shlex
import statistics
import string
import struct
import sys
import textwrap
import threading
import time
import tomllib
import traceback
import types
import typing
import unicodedata
import urllib.parse
import uuid
import warnings
import weakref
import zlib
from collections.abc import Callable
from http import HTTPMethod, HTTPStatus
from typing import Any

from spacetimedb_sdk.module import Module, ReducerContext, u32

__all__ = ["USES", "module"]

module = Module("library")


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self) -> float: ...

    def touch(self) -> str:
        return "touched"


@dataclasses.dataclass(frozen=True, order=True)
class Square(Shape):
    side: float = 1.0

    def area(self) -> float:
        return self.side**2


class Phase(enum.Enum):
    LOBBY = enum.auto()
    OVER = "over"


class Flags(enum.IntFlag):
    BURNING = 1
    FROZEN = 2


class Point(typing.NamedTuple):
    x: int
    y: int = 0


class Tree(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


def _nested() -> object:
    """A function and a name of its own that are called as what is refused."""

    def open(door: str) -> str:
        return f"{door} is open"

    try:
        raise KeyError("exit")
    except KeyError as exit:
        return open("it"), repr(exit)


def _configured() -> object:
    found = configparser.ConfigParser()
    found.read_string("[a]\nb = 1\n")
    return found["a"].getint("b")


def _parsed() -> object:
    tree = Tree()
    tree.feed("<p>one<br>two</p>")
    return tree.tags


def _logged() -> object:
    logger = logging.getLogger("rules")
    return logger.isEnabledFor(logging.WARNING), logging.getLevelName(logging.INFO), logger.name


def _warned() -> object:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    return [str(item.message) for item in found]


def _ordered() -> object:
    waiting: queue.PriorityQueue[tuple[int, str]] = queue.PriorityQueue()
    waiting.put((2, "b"))
    waiting.put((1, "a"))
    return waiting.get_nowait(), waiting.qsize(), queue.SimpleQueue[int]().empty()


def _weak() -> object:
    shape = Square(2.0)
    held: weakref.WeakValueDictionary[str, Square] = weakref.WeakValueDictionary({"a": shape})
    return len(held), weakref.ref(shape)() is shape, len(weakref.WeakSet([shape]))


def _locked() -> object:
    with threading.Lock(), threading.RLock():
        event = threading.Event()
        event.set()
        return event.is_set(), threading.current_thread().name


USES: list[Callable[[], Any]] = [
    lambda: (issubclass(Square, Shape), Square(2.0).area(), Square(1.0) < Square(2.0), dataclasses.asdict(Square())),
    lambda: (dataclasses.replace(Square(), side=3.0), [item.name for item in dataclasses.fields(Square)], Square().touch()),
    lambda: (array.array("i", [1, 2]).tolist(), array.array("d", [0.5]).tobytes(), array.array("B", b"ab")[::-1]),
    lambda: (base64.b64encode(b"abc"), base64.urlsafe_b64decode("YWI_"), base64.b32encode(b"a"), base64.b85encode(b"hello")),
    lambda: (binascii.hexlify(b"ab"), binascii.crc32(b"hello"), zlib.crc32(b"a"), zlib.decompress(zlib.compress(b"a" * 99))),
    lambda: (bisect.bisect_left([1, 3], 3), bisect.bisect_right([1, 3], 3), bisect.insort([1], 2)),
    lambda: (calendar.monthrange(2024, 2)[1], calendar.isleap(2024), calendar.month(2024, 6), calendar.day_name[0]),
    lambda: (cmath.sqrt(-1), cmath.phase(1j), cmath.polar(3 + 4j)[0], cmath.isclose(1, 1)),
    lambda: (collections.Counter("abca").most_common(1), collections.deque([1, 2], maxlen=1), collections.ChainMap({"a": 1})["a"]),
    lambda: (collections.defaultdict(int, a=1)["b"], list(collections.OrderedDict(a=1)), collections.UserList([1]).data),
    lambda: (isinstance([], collections.abc.Sequence), isinstance({}, collections.abc.MutableMapping)),
    lambda: (colorsys.rgb_to_hsv(0.25, 0.5, 0.5), colorsys.hls_to_rgb(0.5, 0.5, 0.5)),
    _configured,
    lambda: (contextlib.nullcontext(5).__enter__(), contextlib.suppress(KeyError).__exit__(KeyError, None, None)),
    lambda: (contextvars.ContextVar("x", default=3).get(), copy.deepcopy({"a": [Phase.OVER]}), copy.copy(Point(1))),
    lambda: (next(csv.reader(['a,"b,c"'])), list(csv.DictReader(["a,b", "1,2"]))),
    lambda: (datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc).isoformat(), datetime.timedelta(days=1.5)),
    lambda: (datetime.datetime.fromisoformat("2024-06-01T12:00:00+02:00").utcoffset(), datetime.date(2024, 6, 1).weekday()),
    lambda: (datetime.datetime.strptime("1 Jun 2024", "%d %b %Y"), datetime.datetime.fromtimestamp(0, datetime.timezone.utc)),
    lambda: datetime.datetime(2024, 6, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2))).astimezone(datetime.timezone.utc),
    lambda: (decimal.Decimal(1) / 7, decimal.Decimal("1.25").quantize(decimal.Decimal("0.1"), decimal.ROUND_HALF_UP)),
    lambda: (difflib.get_close_matches("appel", ["ape", "apple"]), difflib.SequenceMatcher(None, "abcd", "bcde").ratio()),
    lambda: (Phase("over"), Phase.LOBBY.value, Flags(3), Flags.BURNING in Flags(3), [phase.name for phase in Phase]),
    lambda: (errno.ENOENT, fnmatch.fnmatch("a.txt", "*.txt"), glob.escape("a*"), getopt.getopt(["-a", "x"], "a:")),
    lambda: (fractions.Fraction("3/4") + 1, fractions.Fraction(0.1).limit_denominator(10)),
    lambda: (functools.reduce(operator.add, [1, 2]), functools.partial(max, 3)(1), sorted([2, 1], key=functools.cmp_to_key(operator.sub))),
    lambda: list(graphlib.TopologicalSorter({"c": ["b"], "b": ["a"]}).static_order()),
    lambda: (hashlib.sha256(b"a").hexdigest(), hashlib.blake2b(b"a", digest_size=4).hexdigest(), hashlib.new("md5", b"a").hexdigest()),
    lambda: (heapq.nlargest(2, [1, 5, 3]), list(heapq.merge([1, 3], [2])), heapq.heappushpop([1, 2], 0)),
    lambda: (hmac.new(b"k", b"m", "sha256").hexdigest(), hmac.compare_digest("a", "a"), secrets.compare_digest("a", "b")),
    lambda: (html.escape('<a&"'), html.unescape("&lt;&eacute;"), html.entities.name2codepoint["amp"]),
    _parsed,
    lambda: (HTTPStatus.OK, HTTPStatus(404).phrase, http.HTTPStatus.NOT_FOUND == 404, HTTPStatus.IM_A_TEAPOT.value, HTTPMethod.GET),
    lambda: (inspect.isfunction(_nested), inspect.isclass(Phase), inspect.ismethod(Square().area)),
    lambda: (io.StringIO("a\nb").readlines(), io.BytesIO(b"abc").read(2)),
    lambda: (ipaddress.ip_address("192.168.0.1").is_private, ipaddress.ip_network("10.0.0.0/30").num_addresses),
    lambda: (list(itertools.product("ab", repeat=2)), list(itertools.pairwise("abc")), list(itertools.accumulate([1, 2]))),
    lambda: (json.dumps({"a": [1.5, None], "b": "é"}, ensure_ascii=False), json.loads("[1e3, 12345678901234567890]")),
    lambda: (keyword.iskeyword("for"), locale.format_string("%d", 1234), locale.atof("1.5"), locale.localeconv()["decimal_point"]),
    _logged,
    lambda: (math.comb(10, 3), math.gcd(12, 18), math.hypot(3, 4), math.isclose(0.1 + 0.2, 0.3), math.prod([2, 3]), math.dist((0, 0), (3, 4))),
    lambda: (math.isqrt(99), math.lcm(4, 6), math.fsum([0.1] * 10), math.frexp(3.0), math.copysign(1, -0.0), math.factorial(20), math.inf),
    lambda: (mimetypes.guess_type("a.png"), isinstance(1, numbers.Integral), isinstance(1.0, numbers.Real)),
    lambda: (operator.itemgetter(1, 0)("ab"), operator.methodcaller("upper")("a"), operator.attrgetter("x")(Point(1))),
    lambda: (os.path.join("a", "b"), os.path.splitext("a.b"), os.sep, os.curdir, os.name, os.fspath("a"), os.fsencode("a")),
    lambda: (str(pathlib.PurePosixPath("a") / "b"), pathlib.PurePosixPath("a/b.c").stem),
    lambda: (pickle.loads(pickle.dumps({"a": [1, (2, Phase.OVER)]})), pprint.pformat({"a": list(range(30))}, width=40)),
    lambda: len(platform.python_version().split(".")),
    _ordered,
    lambda: (random.Random(5).choices("abc", k=5), random.Random("seed").random(), random.Random(b"x").randint(1, 6)),
    lambda: (random.Random(5).sample(range(100), 5), random.Random(7).shuffle([1, 2]), random.Random(2).getrandbits(70)),
    lambda: (re.split(r"[,;]\s*", "a, b;c"), re.sub(r"(\w)(\d)", r"\2\1", "a1b2"), re.match(r"(?P<y>\d{4})", "2024").groupdict()),  # type: ignore[union-attr]
    lambda: (reprlib.repr(list(range(100))), shlex.split('a "b c" d'), shlex.quote("a b")),
    lambda: (statistics.mean([1, 2]), statistics.median_low([1, 2]), statistics.mode("aab"), statistics.quantiles([1, 2, 3, 4])),
    lambda: (statistics.pstdev([1, 2, 4]), statistics.NormalDist(0, 1).cdf(0.5), statistics.correlation([1, 2, 3], [1, 2, 4])),
    lambda: (string.Template("$a $b").safe_substitute(a=1), string.capwords("a b"), string.digits, string.ascii_lowercase),
    lambda: (struct.pack("<if", 1, 0.5), struct.unpack(">H", b"\1\2"), struct.calcsize("<qB"), list(struct.iter_unpack("<H", b"\1\0\2\0"))),
    lambda: (textwrap.dedent("  a\n  b"), textwrap.shorten("hello big world", 11), textwrap.wrap("aaa bbb ccc", 7)),
    _locked,
    lambda: tomllib.loads('a = 1\n[b]\nc = "x"\nd = 2024-06-01'),
    lambda: (traceback.format_exception_only(ValueError("x")), types.SimpleNamespace(a=1), types.MappingProxyType({"a": 1})["a"]),
    lambda: (typing.get_origin(list[int]), typing.get_args(dict[str, int]), typing.Literal["a"], typing.cast(int, "a"), Point(1)),
    lambda: (unicodedata.name("é"), unicodedata.normalize("NFD", "é"), unicodedata.category("a")),
    lambda: (urllib.parse.quote("a b/é"), urllib.parse.urlencode({"a": 1}), urllib.parse.urlparse("http://a.b:80/c?d=e#f").port),
    lambda: (urllib.parse.parse_qs("a=1&a=2"), urllib.parse.urljoin("http://a/b/c", "../d"), urllib.parse.unquote_plus("a+b%20")),
    lambda: (uuid.UUID(int=5), uuid.uuid5(uuid.NAMESPACE_DNS, "a"), uuid.UUID("12345678123456781234567812345678").version),
    _warned,
    _weak,
    lambda: (time.gmtime(0)[:6], time.strftime("%H:%M", time.gmtime(60)), time.mktime(time.gmtime(0)), time.strptime("2024", "%Y")[:3]),
    lambda: [datetime.date(2024, 1, day).strftime("%a %A %w %u") for day in range(1, 9)],
    lambda: (datetime.datetime(2024, 3, 5, 4, 7, 9).strftime("%c|%x|%X|%%x"), datetime.datetime.strptime("03/05/24", "%x")),
    lambda: (time.strptime("Tue Mar  5 04:07:09 2024", "%c")[:6], time.gmtime(0).tm_gmtoff, time.strftime("%a %A %w %u", (2024, 1, 2, 3, 4, 5, 6, 2, 0))),
    lambda: (datetime.datetime(2024, 6, 1).astimezone().utcoffset(), datetime.datetime(2024, 6, 1).astimezone(datetime.timezone.utc)),
    lambda: (json.loads("[" + '{"a": {}},' * 300 + "{}]")[299:], json.loads('["' + "{" * 300 + '"]')),
    lambda: (sys.byteorder, sys.maxunicode, sys.float_info.max, sys.intern("a")),
    lambda: (argparse.Namespace(a=1), ast.dump(ast.Constant(1))),
    _nested,
]  # fmt: skip


@module.reducer
def use(_ctx: ReducerContext, number: u32) -> None:
    print(repr(USES[number]()))  # noqa: T201
