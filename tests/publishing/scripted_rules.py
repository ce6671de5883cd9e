"""A module whose one reducer does what a script says, and logs what came of it: the same on every ground it stands on."""

from __future__ import annotations

import ast
import json
import logging
from collections import namedtuple
from collections.abc import Callable
from dataclasses import make_dataclass
from enum import Enum
from types import CodeType
from typing import Any

from spacetimedb_sdk.module import (
    Identity,
    Module,
    Product,
    Range,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    Sum,
    TimeDuration,
    Timestamp,
    UniqueConstraintViolation,
    column,
    f32,
    f64,
    i32,
    index,
    u32,
    u64,
    within_reach,
)

from .everyday import CLOCK, EVERYDAY, SYSTEM

module = Module("scripted", style="1.x")


@module.table(public=True, indexes=[index("by_team_and_score", "team", "score")])
class Item(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    name: str = column(unique=True)
    level: i32 = column(index=True)
    team: i32
    score: f64
    tags: list[str]


@module.table(public=True)
class Plain(Row):
    left: i32
    right: str | None


@module.type
class Place(Product):
    x: f32
    y: f32


@module.table(public=True)
class Spot(Row):
    """Of what the interpreter reads itself."""

    id: i32 = column(primary_key=True)
    name: str
    place: Place


@module.type
class Kind(Enum):
    SMALL = 0
    LARGE = 1


@module.sum
class Shape(Sum):
    pass


@module.variant
class ShapeNone(Shape):
    pass


@module.variant
class ShapeAt(Shape):
    value: Place


@module.variant
class ShapeNames(Shape):
    value: list[str]


@module.table(public=True)
class Rich(Row):
    """Of every kind that the interpreter reads and writes itself, with values that may be left out."""

    owner: Identity = column(primary_key=True)
    places: list[Place]
    number: u32 = column(unique=True, auto_inc=True, default=0)
    kind: Kind = column(index=True, default=Kind.SMALL)
    shape: Shape = ShapeNone()
    place: Place | None = None
    since: Timestamp = Timestamp(0)
    due: ScheduleAt = ScheduleAt.Interval(TimeDuration(5))
    data: bytes = b""
    is_on: bool = True
    ratio: f32 = 0.5


@module.reducer
def work(ctx: ReducerContext, script: str) -> None:
    for step in json.loads(script):
        ctx.logger.info(json.dumps(_done(ctx, *step)))


@module.reducer
def crash(ctx: ReducerContext, depth: i32) -> None:
    ctx.db[Plain].insert(Plain(depth, None))
    if depth == 0:
        raise ValueError("the bottom")
    _deeper(depth)


def _deeper(depth: int) -> int:
    return 0 if depth == 0 else 1 + _deeper(depth - 1)


def _done(ctx: ReducerContext, what: str, *args: Any) -> Any:
    items, plain = ctx.db[Item], ctx.db[Plain]
    try:
        match what:
            case "insert":
                name, level, team, score = args
                return _shown(items.insert(Item(0, name, level, team, score, [name, str(level)])))
            case "update":
                key, level = args
                row = items.get(key)
                return None if row is None else _shown(items.update(row.replace(level=level)))
            case "rename":
                key, name = args
                row = items.get(key)
                return None if row is None else _shown(items.update(row.replace(name=name)))
            case "delete":
                return items.delete_by_key(args[0])
            case "plain":
                return plain.insert(Plain(*args)) == Plain(*args)
            case "unplain":
                return plain.delete(Plain(*args))
            case "level":
                return sorted(map(_shown, items.filter(level=args[0])))
            case "range":
                team, low, high = args
                return [_shown(row) for row in items.filter(team=team, score=Range(low, high))]
            case "count":
                return [items.count(), plain.count(), len(list(items.iter()))]
            case "chance":
                return [ctx.rng.random(), ctx.rng.randrange(1000), ctx.rng.choice("abcdef")]
            case "spots":
                return _spots(ctx, *args)
            case "reach":
                return _reach(*args)
            case "rich":
                return _rich(ctx, *args)
            case "odd":
                return [_odd(ctx, thing) for thing in ODD]
            case "unfit":
                return [_odd(ctx, thing) for thing in UNFIT]
            case "compiled":
                return [_odd(ctx, thing) for thing in COMPILED]
            case "glutton":
                held = []
                while True:
                    held.append(bytearray(1 << 24))
            case "print":
                print("as printed")  # noqa: T201 - inside a database it is a line of the log
                logging.getLogger("elsewhere").warning("as warned")
                return None
            case "everyday":
                return [repr(thing()) for thing in EVERYDAY]
            case "clock":
                return [thing() for thing in CLOCK]
            case "system":
                return list(map(_failure, _SYSTEM))
            case "fail":
                raise ReducerError(*args or ["as the script says"])
            case "group":
                inner = ValueError("the second")
                inner.add_note("as noted")
                raise ExceptionGroup("several", [IndexError("the first"), inner])
            case "own_text":
                raise _OddError(7) from KeyError("a key")
    except UniqueConstraintViolation as error:
        return [error.table, error.column, str(error.value)]
    raise AssertionError(what)


class _OddError(Exception):
    """What it says is not what it was made with."""

    def __str__(self) -> str:
        return f"odd {self.args[0]}"


class _Standing:
    """What is no row, and has its place in no slot."""

    def __init__(self, id: int, place: Place) -> None:
        self.id = id
        self.place = place


def _reach(places: list[list[float]], circles: list[list[float]]) -> list[list[int]]:
    rows = [
        Spot(number, "", Place(x, y)) if number % 3 else _Standing(number, Place(x, y))
        for number, (x, y) in enumerate(places)
    ]
    found = within_reach(rows, [(x, y, radius) for x, y, radius in circles], at="place")
    return [[row.id for row in inside] for inside in found]


def _pair(_: ReducerContext) -> object:
    Pair = namedtuple("Pair", "x y")
    return Pair(1, 2)


def _imported(_: ReducerContext) -> object:
    import difflib  # which makes a named tuple while it is imported

    return list(difflib.SequenceMatcher(None, "abcd", "bcde").find_longest_match(0, 4, 0, 4))


def _tokens(_: ReducerContext) -> object:
    import tokenize

    return [token.string for token in tokenize.generate_tokens(iter(["a + 1\n"]).__next__)]


def _symbols(_: ReducerContext) -> object:
    import symtable

    return symtable.symtable("x = 1", "x", "exec").get_name()


# What turns text into code, and at last what seems to.
COMPILED: list[Callable[[ReducerContext], object]] = [
    lambda _: eval("1 + 1"),
    lambda _: exec("x = 1"),
    lambda _: eval(compile("1", "x", "eval")),
    _pair,
    lambda _: make_dataclass("Point", ["x"])(1),
    lambda _: ast.literal_eval("[1]"),
    lambda _: eval(b"1 + 1"),
    lambda _: type(ast.parse("x")).__name__,
    _tokens,
    _symbols,
    _imported,
]


def _spots(ctx: ReducerContext, count: int, name: str, every: int) -> Any:
    """`count` of them, each of so many called by that name; what the table then holds, in the order of their keys."""
    spots = ctx.db[Spot]
    for number in range(max(count, spots.count())):
        row = spots.get(number)
        if number >= count:
            spots.delete_by_key(number)
        elif row is None:
            spots.insert(Spot(number, name, Place(number * 0.5, -1.0)))
        elif number % every == 0:
            spots.update(row.replace(name=name))
    return sorted([row.id, row.name, row.place.x, row.place.y] for row in spots.iter())


def _rich(ctx: ReducerContext, key: int, name: str, number: int) -> Any:
    """A row of that key: made, changed, found by other columns and taken away, one after the other."""
    table, owner = ctx.db[Rich], Identity(bytes([key]) * 32)
    row = table.get(owner)
    shapes = [ShapeNone(), ShapeAt(Place(number, 1.5)), ShapeNames([name])]
    if row is None:
        places = [Place(x=number, y=-0.0)] * (number % 3)
        table.insert(Rich(owner, places=places, kind=list(Kind)[number % 2], shape=shapes[number % 3]))
    elif number % 4 == 0:
        table.delete_by_key(owner)
    else:
        # A list of a row that was found is one's own.
        row.places.append(Place(0.25, number))
        table.update(
            row.replace(
                shape=shapes[number % 3],
                place=None if number % 2 else Place(number, number),
                since=ctx.timestamp,
                due=ScheduleAt.Time(ctx.timestamp),
                data=name.encode(),
                is_on=number % 2 == 0,
                ratio=number / 4,
            )
        )
    large = sorted(str(found.owner) for found in table.filter(kind=Kind.LARGE))
    return [table.contains(owner), large, sorted(repr(found) for found in table.iter())]


# Type checkers would find what is wrong with what follows.
_spot: Any = Spot
_item: Any = Item

# What is out of the ordinary: numbers of other classes, values that no column holds, arguments that are none.
ODD: list[Callable[[Any], object]] = [
    lambda ctx: ctx.db[Spot].insert(_spot(1_000, "odd", Place(1, True))),
    lambda ctx: ctx.db[Spot].get(1_000.0),
    lambda ctx: ctx.db[Spot].get(1_000.5),
    lambda ctx: ctx.db[Spot].get(True),
    lambda ctx: ctx.db[Spot].contains(2**40),
    lambda ctx: ctx.db[Spot].get("1000"),
    lambda ctx: ctx.db[Spot].update(_spot(1_000, "odder", Place(2**24 + 1, 1e38))),
    lambda ctx: ctx.db[Spot].update(_spot(1_001, "nobody", Place(0.0, 0.0))),
    lambda ctx: ctx.db[Spot].insert(_spot(1_000, "again", Place(0.0, 0.0))),
    lambda ctx: ctx.db[Spot].insert(Plain(1, None)),
    lambda ctx: ctx.db[Spot].insert(None),
    lambda ctx: ctx.db[Spot].insert(),
    lambda ctx: ctx.db[Spot].insert(row=_spot(1_005, "named", Place(float("inf"), -0.0))),
    lambda ctx: ctx.db[Spot].get(1_005),
    lambda ctx: ctx.db[Spot].delete_by_key(1_005.0),
    lambda ctx: ctx.db[Plain].update(Plain(1, None)),
    lambda ctx: ctx.db[Plain].get(1),
    lambda ctx: ctx.db[Item].insert(_item(2**64 - 1, "last", 1, 1, 1.5, ["a"])),
    lambda ctx: ctx.db[Item].insert(_item(True, "first", 1, 1, 2.0, ("a", "b"))),
    lambda ctx: ctx.db[Item].find(name="last"),
    lambda ctx: ctx.db[Item].delete_by_key(2**64 - 1),
    # A number that a sequence then comes to is refused without the host's saying which.
    lambda ctx: ctx.db[Item].delete_by_key(True),
    lambda ctx: ctx.db[Item].delete_by_key(-1),
    lambda ctx: ctx.db[Rich].filter(kind="large"),
    lambda ctx: ctx.db[Rich].get("0" * 64),
    lambda ctx: _spot(1, "two"),
    lambda ctx: _spot(1, "two", Place(0, 0), 4),
    lambda ctx: _spot(1, "two", place=Place(0, 0), more=1),
    lambda ctx: _spot(1, "two", Place(0, 0), id=1),
    lambda ctx: _spot(place=Place(0, 0), id=1, name="x").replace(name="y"),
    lambda ctx: _spot(1, "two", Place(0, 0)).replace(nam="y"),
    lambda ctx: setattr(Place(0, 0), "x", 1),
    lambda ctx: Place(*[1, 2]) == Place(x=1, y=2),
]
# What no column holds: the embedded server says so when the call ends, a database at once.
UNFIT: list[Callable[[Any], object]] = [
    lambda ctx: ctx.db[Spot].update(_spot(1_000, "odder", Place(0.0, 1e39))),
    lambda ctx: ctx.db[Spot].update(_spot(2**31, "odder", Place(0.0, 0.0))),
    lambda ctx: ctx.db[Spot].insert(_spot(1_002, None, Place(0.0, 0.0))),
    lambda ctx: ctx.db[Spot].insert(_spot(1_003, "\ud800", Place(0.0, 0.0))),
    lambda ctx: ctx.db[Spot].insert(_spot(1_004, "n", (0.0, 0.0))),
]


def _odd(ctx: ReducerContext, thing: Callable[[ReducerContext], object]) -> str:
    try:
        return repr(thing(ctx))
    except TypeError as error:
        # Who is missing an argument is told in words that differ between Pythons.
        return "TypeError" if "argument" in str(error) else f"TypeError {error}"
    except Exception as error:  # noqa: BLE001 - what it is and says is what is compared
        return f"{type(error).__name__} {error}"


# Compiled while there is a compiler.
_SYSTEM = [compile(line, "<line>", "exec") for line in SYSTEM]


def _failure(line: CodeType) -> str:
    try:
        exec(line)
        return "nothing"
    except (OSError, RuntimeError) as error:
        return type(error).__name__


def _shown(row: Item) -> list[Any]:
    return [row.id, row.name, row.level, row.team, row.score, row.tags]
