"""Columns of a table for people: the text of each cell, what to sort by, and every number that can be plotted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ..bindings.live import LiveBindings
from ..sats.algebraic_type import (
    AlgebraicType,
    PrimitiveType,
    ProductType,
    option_of,
    special_name,
)
from ..sats.readable import TypeNames, value_writer
from ..system.plain_text import encodable, one_line

__all__ = ["Column", "NumberPath", "TableColumns", "shown"]

# Letters of a cell: what is longer is shown whole where a row is looked at by itself.
_SHOWN = 120
# Numbers that lie deeper, or come after so many others, are not offered.
_DEPTH = 3
_MOST_NUMBERS = 64

Getter = Callable[[Any], Any]


def shown(text: str, limit: int = _SHOWN) -> str:
    """`text` in one line with nothing that a page would obey or turn around, cut off where it is long."""
    return encodable(one_line(text if len(text) <= limit else f"{text[:limit]}…"))


@dataclass(frozen=True, slots=True)
class Column:
    """`text` is the whole text of a row's cell, `order` what rows are sorted by."""

    name: str
    type_name: str
    text: Callable[[Any], str]
    order: Getter
    is_number: bool


@dataclass(frozen=True, slots=True)
class NumberPath:
    """A number of a row: a column, or a field inside one (`position.x`). `get` is None where an option holds none."""

    path: str
    get: Callable[[Any], float | None]


class TableColumns:
    """The columns of one table or view."""

    def __init__(self, live: LiveBindings, table: str) -> None:
        names = TypeNames(live.module)
        elements = live.columns(table)
        self._space = live.space
        self.columns = tuple(
            self._column(index, str(element.name), element.type, names)
            for index, element in enumerate(elements)
        )
        found = (
            path
            for index, element in enumerate(elements)
            for path in self._numbers(str(element.name), element.type, attrgetter(f"column_{index}"), _DEPTH)
        )
        self.numbers = tuple(path for _, path in zip(range(_MOST_NUMBERS), found, strict=False))

    def number(self, path: str) -> NumberPath | None:
        """The number of that path."""
        return next((number for number in self.numbers if number.path == path), None)

    @property
    def is_place(self) -> bool:
        """Whether there is a plane whose name does not say that it is something else."""
        return self.plane is not None and not _is_elsewhere(self.plane[0])

    @property
    def plane(self) -> tuple[NumberPath, NumberPath] | None:
        """The two numbers that say where a row is, where their names tell: `x` and `y`, or what else a plane is called."""
        by_path = {number.path.lower(): number for number in sorted(self.numbers, key=_is_elsewhere)}
        for first, second in (
            ("x", "y"),
            ("x", "z"),
            ("lon", "lat"),
            ("longitude", "latitude"),
            ("col", "row"),
        ):
            for path, number in by_path.items():
                start, found, _ = path.rpartition(first)
                if (
                    found
                    and path.endswith(first)
                    and (not start or start[-1] in "._")
                    and start + second in by_path
                ):
                    return number, by_path[start + second]
        return None

    def texts(self, row: Any) -> list[str]:
        """The cells of a row, whole."""
        return [column.text(row) for column in self.columns]

    def _column(self, index: int, name: str, type_: AlgebraicType, names: TypeNames) -> Column:
        get = attrgetter(f"column_{index}")
        write = value_writer(self._space, type_)
        resolved = self._space.typespace.resolve(type_)
        inner = option_of(resolved)
        plain = resolved if inner is None else self._space.typespace.resolve(inner)
        is_number = isinstance(plain, PrimitiveType) and plain.name not in ("String", "Bool")
        sorts_itself = isinstance(plain, PrimitiveType) or special_name(plain) not in (None, "ScheduleAt")

        def text(row: Any) -> str:
            return write(get(row))

        def order(row: Any) -> Any:
            value = get(row) if sorts_itself else text(row)
            return (value is not None, value)  # an option without a value comes first

        return Column(name, names.of(type_), text, order, is_number)

    def _numbers(self, path: str, type_: AlgebraicType, get: Getter, depth: int) -> Iterator[NumberPath]:
        resolved = self._space.typespace.resolve(type_)
        inner = option_of(resolved)
        if inner is not None:
            resolved = self._space.typespace.resolve(inner)
        if special_name(resolved) == "TimeDuration":
            yield NumberPath(path, lambda row: None if (value := get(row)) is None else value.seconds)
        elif isinstance(resolved, PrimitiveType) and resolved.name not in ("String", "Bool"):
            yield NumberPath(path, get)
        elif isinstance(resolved, ProductType) and special_name(resolved) is None and depth:
            for index, element in enumerate(resolved.elements):
                yield from self._numbers(
                    f"{path}.{element.name or index}", element.type, _part(get, index), depth - 1
                )


def _is_elsewhere(number: NumberPath) -> bool:
    """Whether its name says that it is no place, but a way to go or a speed."""
    start = number.path.lower().rpartition(".")[0]
    return any(word in start for word in ("dir", "vel", "speed", "acc", "force", "input", "target", "wish"))


def _part(get: Getter, index: int) -> Getter:
    def part(row: Any) -> Any:
        whole = get(row)
        return None if whole is None else whole[index]

    return part
