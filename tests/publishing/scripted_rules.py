"""A module whose one reducer does what a script says, and logs what came of it: the same on every ground it stands on."""

from __future__ import annotations

import json
import logging
from typing import Any

from spacetimedb_sdk.module import (
    Module,
    Product,
    Range,
    ReducerContext,
    ReducerError,
    Row,
    UniqueConstraintViolation,
    column,
    f32,
    f64,
    i32,
    index,
    u64,
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
                return list(map(_failure, SYSTEM))
            case "fail":
                raise ReducerError("as the script says")
    except UniqueConstraintViolation as error:
        return [error.table, error.column, str(error.value)]
    raise AssertionError(what)


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


def _failure(line: str) -> str:
    try:
        exec(line)
        return "nothing"
    except (OSError, RuntimeError) as error:
        return type(error).__name__


def _shown(row: Item) -> list[Any]:
    return [row.id, row.name, row.level, row.team, row.score, row.tags]
