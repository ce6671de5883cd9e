"""What the standard library is used for, one function each: what it imports it imports when it runs."""

# mypy: disable-error-code="abstract, assignment, attr-defined, import-not-found, index, misc, no-any-return, operator, return, unused-ignore, var-annotated"

from __future__ import annotations

from typing import Any

from .idiom import idiom


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

    things = {1: [2, ("a", {3})], "f": 0.5}
    error = pickle.loads(pickle.dumps(ValueError("x"), 2))
    return pickle.loads(pickle.dumps(things)), error.args, pickle.loads(pickle.dumps("\u20ac\n", 0))


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
