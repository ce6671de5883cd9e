"""A module of functions that call themselves: by themselves, or by way of what is no Python."""

# mypy: disable-error-code="misc, no-untyped-def, no-any-return, operator, type-var, arg-type, index, call-overload"

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from spacetimedb_sdk.module import Module, ReducerContext, u32

__all__ = ["DEEP", "module"]

module = Module("deep")
# By name: what has so many of its kind inside each other.
DEEP: dict[str, Callable[[int], Any]] = {}


def deep(function: Callable[[int], Any]) -> Callable[[int], Any]:
    DEEP[function.__name__.strip("_")] = function
    return function


@deep
def function(n: int) -> int:
    return 0 if n == 0 else 1 + function(n - 1)


@deep
@functools.cache
def cached(n: int) -> int:
    return 0 if n == 0 else 1 + cached(n - 1)


@deep
def mapped(n: int) -> int:
    return 0 if n == 0 else 1 + max(map(mapped, [n - 1]))


@deep
def filtered(n: int) -> bool:
    return n == 0 or bool(list(filter(filtered, [n - 1])))


@deep
def sort_key(n: int) -> int:
    return 0 if n == 0 else 1 + min([n - 1], key=sort_key) + sorted([0], key=lambda _: 0)[0]


@deep
def reduced(n: int, _other: int = 0) -> int:
    return 0 if n == 0 else 1 + functools.reduce(reduced, [n - 1, 0])


@deep
def partly(n: int) -> int:
    return 0 if n == 0 else 1 + functools.partial(partly)(n - 1)


@deep
def summed(n: int) -> int:
    return 0 if n == 0 else 1 + sum(summed(less) for less in [n - 1])


@deep
def walked(n: int) -> int:
    def walk(left: int):
        yield left
        if left:
            yield from walk(left - 1)

    return sum(walk(n))


@deep
def substituted(n: int) -> str:
    def less(found: re.Match[str]) -> str:
        return re.sub(".+", less, found.group()[1:])

    return re.sub(".+", less, "x" * n)


@deep
def entered(n: int) -> int:
    @contextlib.contextmanager
    def inside(left: int):
        if left:
            with inside(left - 1) as found:
                yield found + 1
        else:
            yield 0

    with inside(n) as found:
        return found


@dataclasses.dataclass(frozen=True)
class Box:
    inner: Any


def _boxes(n: int) -> Box | None:
    box = None
    for _ in range(n):
        box = Box(box)
    return box


@deep
def shown(n: int) -> int:
    return len(repr(_boxes(n)))


@deep
def compared(n: int) -> bool:
    return _boxes(n) == _boxes(n)


@deep
def hashed(n: int) -> bool:
    return hash(_boxes(n)) == hash(_boxes(n))


@deep
def copied(n: int) -> bool:
    lists: list[Any] = []
    for _ in range(n):
        lists = [lists]
    return len(copy.deepcopy(lists)) == min(n, 1)


class Node:
    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, left: int) -> int:
        return 0 if left == 0 else 1 + self(left - 1)

    def __getattr__(self, name: str) -> int:
        return len(name) if len(name) > self.left else getattr(self, name + "x")

    def __add__(self, other: int) -> int:
        return 0 if other == 0 else 1 + (self + (other - 1))

    def __len__(self) -> int:
        return self.left and 1 + len(Node(self.left - 1))

    def __iter__(self):
        return iter(Node(self.left - 1)) if self.left else iter([1])

    def __bool__(self) -> bool:
        return self.left == 0 or bool(Node(self.left - 1))

    def __str__(self) -> str:
        return f"{Node(self.left - 1)}." if self.left else ""

    def __lt__(self, other: Node) -> bool:
        return self.left == 0 or Node(self.left - 1) < other

    def __contains__(self, item: int) -> bool:
        return self.left == 0 or item in Node(self.left - 1)

    def __getitem__(self, item: int) -> int:
        return 0 if item == 0 else 1 + self[item - 1]


DEEP |= {
    "called": lambda n: Node(n)(n),
    "attribute": lambda n: Node(n).name,
    "added": lambda n: Node(n) + n,
    "length": lambda n: len(Node(n)),
    "iterated": lambda n: list(Node(n)),
    "truth": lambda n: bool(Node(n)),
    "formatted": lambda n: len(str(Node(n))),
    "ordered": lambda n: Node(n) < Node(0),
    "contained": lambda n: 1 in Node(n),
    "item": lambda n: Node(n)[n],
}


@deep
def missing(n: int) -> int:
    class Counted(dict[int, int]):
        def __missing__(self, key: int) -> int:
            return 0 if key == 0 else 1 + self[key - 1]

    return Counted()[n]


@deep
def defaulted(n: int) -> int:
    left = itertools.count(1)
    found: defaultdict[int, int] = defaultdict(lambda: 0 if (at := next(left)) > n else 1 + found[-at])
    return found[0]


@deep
def made(n: int) -> bool:
    class Made:
        left = n

        def __new__(cls) -> Any:
            cls.left -= 1
            return super().__new__(cls) if cls.left < 0 else cls()

    return isinstance(Made(), Made)


@deep
def lists_in_json(n: int) -> int:
    return len(json.loads("[" * n + "]" * n))


@deep
def objects_in_json(n: int) -> str:
    return str(json.loads('{"a":' * n + '"{[{"' + "}" * n))[:30]


@deep
def both_in_json(n: int) -> str:
    return str(json.loads('[{"a":' * n + '"\\"["' + "}, 1]" * n))[:30]


@module.reducer
def go(_ctx: ReducerContext, name: str, levels: u32) -> None:
    print(repr(DEEP[name](levels)))  # noqa: T201
