"""Kinds of classes and functions that the idioms are made of, and the lists that these are in."""

# mypy: ignore-errors

from __future__ import annotations

import enum
import functools
import typing
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypedDict, TypeVar

T = TypeVar("T")

Made = namedtuple("Made", "x y")


@dataclass(frozen=True, order=True)
class Point:
    x: int
    y: int = 2
    tags: tuple[str, ...] = ()


@dataclass
class Mutable:
    x: int = 1
    many: list[int] = field(default_factory=list)


class Pair(NamedTuple):
    x: int
    y: int = 3


class Entry(TypedDict):
    name: str


class Box(Generic[T]):
    def __init__(self, value: T) -> None:
        self.value = value


class Named(Protocol):
    name: str


@typing.runtime_checkable
class Sized(Protocol):
    def size(self) -> int: ...


class Colour(enum.Enum):
    RED = 1
    BLUE = enum.auto()


class Right(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


@functools.singledispatch
def shown(value: object) -> str:
    return f"other {value}"


@shown.register
def _(value: int) -> str:
    return f"int {value}"


class Holder:
    @functools.singledispatchmethod
    def shown(self, value: object) -> str:
        return "other"

    @shown.register
    def _(self, value: int) -> str:
        return "int"

    @functools.cached_property
    def cached(self) -> int:
        return 4


def typed(a: int, b: str = "b", *, c: float = 1.5) -> None:
    """Says nothing."""


IDIOMS: list[Callable[[], object]] = []
# Those of them that surely need no compiler, and do not look so.
PLAIN: list[Callable[[], object]] = []


def idiom(function: Callable[[], object]) -> Callable[[], object]:
    IDIOMS.append(function)
    return function


def plain(function: Callable[[], object]) -> Callable[[], object]:
    PLAIN.append(function)
    return idiom(function)
