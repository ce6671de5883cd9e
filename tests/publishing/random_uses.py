"""A module that uses the language and its library at random: by a seed, so that each use is the same wherever it runs.

What is known to be otherwise inside a database is on the page about publishing, and left out here, as are the texts of errors.
"""

# mypy: disable-error-code="no-any-return"
# ruff: noqa: BLE001 - what makers write may fail in whatever way

from __future__ import annotations

import bisect
import csv
import datetime
import decimal
import fractions
import heapq
import io
import itertools
import json
import random
import re
import statistics
import struct
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Any

from spacetimedb_sdk.module import Module, ReducerContext, u32

__all__ = ["RANDOM", "module"]

module = Module("random_uses")
# By name: what is done at random, once.
RANDOM: dict[str, Callable[[random.Random], Any]] = {}


def at_random(function: Callable[[random.Random], Any]) -> Callable[[random.Random], Any]:
    RANDOM[function.__name__] = function
    return function


def tried(*works: Callable[[], Any]) -> list[Any]:
    """What each gives, or the kind of its error."""
    found = []
    for work in works:
        try:
            found.append(work())
        except Exception as error:
            # What a pattern fails with has another name from Python 3.13 on.
            found.append("re.error" if isinstance(error, re.error) else type(error).__name__)
    return found


def _text(chance: random.Random, letters: str, most: int) -> str:
    return "".join(chance.choices(letters, k=chance.randint(0, most)))


@at_random
def formats(chance: random.Random) -> Any:
    numbers = [0, -1, 42, 10**20, 0.0, -0.0, 0.5, 2.5, -1e-10, 1 / 3, 1e22, float("inf"), float("nan"), True]
    value = chance.choice([*numbers, "", "é日本", chance.uniform(-1e6, 1e6), chance.getrandbits(70)])
    parts = ("", "*<", "é^", "=", "0="), ("", "+", " "), ("", "z"), ("", "#"), ("", "0"), ("", "8", "15")
    spec = "".join(
        map(chance.choice, (*parts, ("", ",", "_"), ("", ".0", ".3", ".17"), [*"dfegGExboX%ns", ""]))
    )
    old = f"%{chance.choice(['', '-', '+', ' ', '#', '0'])}{chance.choice(['', '9'])}"
    old += chance.choice(["", ".0", ".3"]) + chance.choice("dixXeEfgGrcsa")
    return value, spec, old, tried(lambda: format(value, spec), lambda: old % value)


@at_random
def floats(chance: random.Random) -> Any:
    (wild,) = struct.unpack("<d", chance.randbytes(8))
    value, digits = (
        chance.choice([wild, chance.uniform(-999, 999), chance.randint(-9999, 9999) / 100]),
        chance.randint(-5, 20),
    )
    return repr(value), digits, tried(
        lambda: round(value, digits), lambda: round(value), lambda: f"{value:.{abs(digits)}g}", value.hex,
        lambda: divmod(value, 7.25), lambda: value % -3, value.as_integer_ratio, lambda: hash(value), lambda: float(repr(value)) == value,
    )  # fmt: skip


@at_random
def whole_numbers(chance: random.Random) -> Any:
    sizes = 3, 31, 32, 33, 63, 64, 65, 200
    a, b = (chance.choice((1, -1)) * chance.getrandbits(chance.choice(sizes)) for _ in range(2))
    return a, b, tried(
        lambda: (a + b, a - b, a * b, a & b, a | b, a ^ b, ~a, a << 70, a >> 33, a < b, hash(a), a.bit_length(), a.bit_count()),
        lambda: divmod(a, b), lambda: pow(a, abs(b) % 99, abs(b) + 1), lambda: pow(a, -1, b), lambda: round(a, -7), lambda: f"{a:,}",
        lambda: (hex(a), oct(b), bin(a), int(str(a)), int(hex(b), 16)), lambda: a.to_bytes(8, "little", signed=True), lambda: a < 1e18,
    )  # fmt: skip


@at_random
def texts(chance: random.Random) -> Any:
    letters = "aabbcA B.,-\t\n\r\x0b\x1c\x85é日ßİſΣς\u0301😀\u2028\xa0 12²٣_"
    text, part, other = (_text(chance, letters, most) for most in (12, 2, 2))
    start, end, times = chance.randint(-5, 12), chance.randint(-5, 12), chance.randint(-1, 3)
    return text, part, other, tried(
        lambda: text.split(part, times), lambda: text.split(None, times), lambda: text.rsplit(part, times), text.splitlines,
        lambda: (text.find(part, start, end), text.rfind(part, start, end), text.count(part, start, end), text[start:end], text[end:start:-2]),
        lambda: (text.replace(part, other, times), text.strip(part), text.lstrip(), text.center(start), text.zfill(end), text.expandtabs(3)),
        lambda: (text.upper(), text.lower(), text.title(), text.capitalize(), text.swapcase(), text.casefold(), repr(text), ascii(text)),
        lambda: (text.isalnum(), text.isdigit(), text.isidentifier(), text.istitle(), text.isspace(), text.isprintable(), sorted(text)),
        lambda: text.partition(part), lambda: int(text), lambda: float(text), lambda: text.encode("latin-1"), lambda: text.encode("utf-16"),
    )  # fmt: skip


@at_random
def patterns(chance: random.Random) -> Any:
    atoms = [
        "a",
        ".",
        r"\w",
        "[^a]",
        "(a|b)",
        "(?:ab|a)",
        r"\b",
        "^",
        "$",
        "(?=a)",
        "(?<=a)",
        r"\s",
        "(?P<n>a)?",
        "é",
    ]
    pattern = "".join(
        chance.choice(atoms) + chance.choice(["", "", "*", "+", "?", "*?", "{1,2}", "*+"]) for _ in range(3)
    )
    text = _text(chance, "aabbc1 é\n", 10)
    return pattern, text, tried(
        lambda: re.findall(pattern, text, re.M), lambda: [found.span() for found in re.finditer(pattern, text)],
        lambda: re.sub(pattern, r"<\g<0>>", text), lambda: re.split(pattern, text), lambda: re.fullmatch(pattern, text, re.S) is None,
    )  # fmt: skip


def _value(chance: random.Random, levels: int) -> Any:
    kind = chance.randint(0, 6 if levels else 4)
    if kind == 5:
        return [_value(chance, levels - 1) for _ in range(chance.randint(0, 3))]
    if kind == 6:
        return {_text(chance, 'ab"\\', 2): _value(chance, levels - 1) for _ in range(chance.randint(0, 3))}
    plain = [
        None,
        True,
        chance.getrandbits(70),
        chance.uniform(-1e9, 1e9),
        _text(chance, 'a"\\\n\x00\u2028é😀', 5),
    ]
    return plain[kind]


@at_random
def json_texts(chance: random.Random) -> Any:
    value = _value(chance, 3)
    text = json.dumps(value)
    broken = [*text]
    broken[chance.randrange(len(broken))] = chance.choice('[]{},:"\\1e.-n')
    return text, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False), tried(
        lambda: json.loads(text) == value, lambda: json.loads("".join(broken))
    )  # fmt: skip


@at_random
def collections_of_all_kinds(chance: random.Random) -> Any:
    items = [chance.randint(0, 5) for _ in range(chance.randint(0, 8))]
    start, end, step = chance.randint(-9, 9), chance.randint(-9, 9), chance.choice([None, 2, -1, -2])
    changed, ring, heap = items[:], deque(items, 5), items[:]
    heapq.heapify(heap)
    order = OrderedDict.fromkeys(items)

    def assigned() -> list[int]:
        changed[start:end:step] = [7, 8]
        return changed

    counts, others = Counter(items), Counter(items[start:])
    return items, tried(
        lambda: items[start:end:step], assigned, lambda: items.pop(end), lambda: ring.rotate(start), lambda: ring, lambda: heap,
        lambda: ring.remove(3), lambda: (counts + others, counts - others, counts & others, counts | others, counts.most_common()),
        lambda: order.move_to_end(4), lambda: list(order), lambda: bisect.insort(changed, 4), lambda: heapq.nsmallest(3, items),
        lambda: sorted({*items} ^ {*changed}), lambda: [(key, [*group]) for key, group in itertools.groupby(items)],
        lambda: list(itertools.combinations(items, 2)), lambda: sorted(items, key=lambda item: -item % 3, reverse=True),
    )  # fmt: skip


@at_random
def exact_numbers(chance: random.Random) -> Any:
    a, b = (decimal.Decimal(chance.getrandbits(40)).scaleb(-chance.randint(0, 12)) for _ in range(2))
    c, d = (fractions.Fraction(chance.randint(-99, 99), chance.randint(1, 50)) for _ in range(2))
    some = [round(chance.uniform(-9, 9), 2) for _ in range(5)]
    return tried(
        lambda: (a + b, a * b, a < b, a.normalize(), round(a, 1), f"{a:,.2f}", f"{b:.3e}"), lambda: a / b, lambda: a % b, lambda: a.sqrt(),
        lambda: (c + d, c * d, c < d, round(c), float(c), hash(c)), lambda: c / d, lambda: c // d, lambda: statistics.median(some),
        lambda: statistics.mean(some), lambda: statistics.quantiles(some), lambda: statistics.pvariance(some),
    )  # fmt: skip


@at_random
def dates(chance: random.Random) -> Any:
    span = datetime.timedelta(days=chance.randint(-999, 999), microseconds=chance.getrandbits(33))
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=chance.getrandbits(32))
    there = moment.replace(tzinfo=datetime.timezone(datetime.timedelta(minutes=chance.randint(-999, 999))))
    written = moment.strftime("%d/%m/%y %H:%M:%S %j %a %A %b %B %p %I %U %W %w %x %X")
    return written, str(span), str(span / 7), str(moment + span), there.isoformat(), there.timestamp(), tried(
        lambda: str(there.astimezone(datetime.UTC)), lambda: tuple(moment.isocalendar()), moment.ctime, lambda: repr(span),
        lambda: str(datetime.datetime.strptime(written[:17], "%d/%m/%y %H:%M:%S")), lambda: tuple(moment.timetuple()),
    )  # fmt: skip


@at_random
def tables(chance: random.Random) -> Any:
    rows = [[chance.choice(["", "a", 'q"', "x,y", "l\nm", 5, None]) for _ in range(3)] for _ in range(2)]
    file = io.StringIO()
    csv.writer(file, delimiter=chance.choice(",;")).writerows(rows)
    return (
        file.getvalue(),
        list(csv.reader(file.getvalue().splitlines(True))),
        chance.sample(range(99), 9),
        chance.gauss(0, 1) > 0,
    )


@module.reducer
def run(_ctx: ReducerContext, name: str, seed: u32, count: u32) -> None:
    """Prints what each of `count` seeds gives."""
    for number in range(seed, seed + count):
        print(ascii(RANDOM[name](random.Random(number))))  # noqa: T201
