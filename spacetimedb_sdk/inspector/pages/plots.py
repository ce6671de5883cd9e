"""The plots: where rows are, in the plane that two of their numbers make, and numbers over time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from nicegui import ui

from ..columns import NumberPath, shown
from ..row_filter import FilterError, row_filter
from ..series import AGGREGATES, Series
from ..watched import WatchedDatabase, WatchedTable
from .charts import PALETTE, Dots, Lines

__all__ = ["PlotsTab"]

# More points than these are thinned out: a browser would not draw them in time.
_MOST_POINTS = 3000
_SAMPLE_SECONDS = 0.1
_ROWS = "number of rows"
_NONE = "–"


class PlotsTab:
    """The plane on the left, numbers over time on the right."""

    def __init__(self, watched: WatchedDatabase) -> None:
        with ui.row().classes("w-full items-stretch gap-3"):
            with ui.card().classes("panel grow basis-0 min-w-96 p-3 gap-2"):
                self._plane = _Plane(watched)
            with ui.card().classes("panel grow basis-0 min-w-96 p-3 gap-2"):
                self._numbers = _Numbers(watched)

    def close(self) -> None:
        self._plane.watching.close()
        self._numbers.watching.close()

    async def refresh(self) -> None:
        self._plane.refresh()
        self._numbers.refresh()


class _Watching:
    """The tables whose rows a plot asks for."""

    def __init__(self, watched: WatchedDatabase) -> None:
        self._watched = watched
        self._stack = ExitStack()
        self._names: set[str] = set()

    def rows(self, table: WatchedTable) -> list[Any]:
        """Its rows as they are now, which come from the first time on that they are asked for."""
        if table.name not in self._names:
            self._names.add(table.name)
            self._stack.enter_context(self._watched.watching(table))
        return self._watched.rows(table)

    def close(self) -> None:
        self._names.clear()
        self._stack.close()


class _Plane:
    """Rows as dots: where, how large, and of which colour is a number or a column each."""

    def __init__(self, watched: WatchedDatabase) -> None:
        self._watched = watched
        self.watching = _Watching(watched)
        self._tables = {
            table.name: table
            for table in watched.tables.values()
            if len(table.columns.numbers) >= 2 and watched.may_read(table)
        }
        self._drawn: tuple[str, int] | None = None
        ui.label("Where things are").classes("font-semibold")
        if not self._tables:
            ui.label("No table has two numbers that could be a place.").classes("muted")
            return
        self._table = min(self._tables.values(), key=_unlikely)
        with ui.row().classes("w-full gap-2 items-center"):
            self._pick("table", list(self._tables), self._table.name, self._take_table)
            self._selects = ui.row().classes("gap-2 items-center")
        self._dots = Dots().classes("w-full h-[26rem]")
        self._note = ui.label("").classes("mono text-xs muted")
        self._choose_numbers()

    def refresh(self) -> None:
        """The dots of now."""
        if not self._tables:
            return
        table = self._table
        rows = self.watching.rows(table)
        if self._drawn == (table.name, table.version):
            return
        step = max(1, -(-len(rows) // _MOST_POINTS))
        if not self._dots.show(rows[::step], self._point):
            return
        self._drawn = (table.name, table.version)
        more = f", every {step}th is drawn" if step > 1 else ""
        self._note.text = shown(table.problem, 300) or f"{len(rows):,} rows{more}"

    def _point(self, row: Any) -> tuple[float, float, float, int] | None:
        """Where a row is, its size and its colour."""
        across, up = self._x.get(row), self._y.get(row)
        if across is None or up is None:
            return None
        size = 0.0 if self._size is None else abs(float(self._size.get(row) or 0))
        colour = 0 if self._colour is None else _hue(self._colour(row))
        return _rounded(across), _rounded(up), _rounded(size), colour

    def _take_table(self, name: str) -> None:
        self._table = self._tables[name]
        self.watching.close()
        self._choose_numbers()

    def _choose_numbers(self) -> None:
        columns = self._table.columns
        numbers = {number.path: number for number in columns.numbers}
        self._x, self._y = columns.plane or columns.numbers[:2]
        self._size: NumberPath | None = next(
            (
                numbers[path]
                for path in numbers
                if path.rpartition(".")[2].lower() in ("radius", "size", "mass")
            ),
            None,
        )
        texts = {column.name: column.text for column in columns.columns}
        self._colour: Callable[[Any], str] | None = None
        self._selects.clear()
        with self._selects:
            self._pick("x", list(numbers), self._x.path, lambda path: self._set("_x", numbers[path]))
            self._pick("y", list(numbers), self._y.path, lambda path: self._set("_y", numbers[path]))
            size = _NONE if self._size is None else self._size.path
            self._pick("size", [_NONE, *numbers], size, lambda path: self._set("_size", numbers.get(path)))
            self._pick("colour", [_NONE, *texts], _NONE, lambda name: self._set("_colour", texts.get(name)))
        self._set("_drawn", None)

    def _set(self, name: str, value: Any) -> None:
        setattr(self, name, value)
        self._drawn = None
        self._dots.clear()

    def _pick(self, label: str, options: list[str], value: str, chosen: Callable[[str], None]) -> None:
        _select(label, options, value, chosen)


class _Numbers:
    """Lines that a person adds: how many rows, or the mean, sum, least or greatest of a number of theirs."""

    def __init__(self, watched: WatchedDatabase) -> None:
        self._watched = watched
        self.watching = _Watching(watched)
        self._tables = {table.name: table for table in watched.tables.values() if watched.may_read(table)}
        self._lines: list[tuple[WatchedTable, Series]] = []
        self._sampled_at = 0.0
        ui.label("Numbers over time").classes("font-semibold")
        if not self._tables:
            ui.label("There is no table that you may read.").classes("muted")
            return
        self._table = min(self._tables.values(), key=_unlikely)
        with ui.row().classes("w-full gap-2 items-center"):
            _select("table", list(self._tables), self._table.name, self._take_table)
            self._selects = ui.row().classes("gap-2 items-center")
            self._filter = (
                ui.input("of rows with", placeholder="filter").props("dense outlined").classes("mono w-32")
            )
            ui.button("Add", icon="add", on_click=self._add).props("unelevated no-caps dense").classes("px-3")
        self._chart = Lines().classes("w-full h-[23rem]")
        self._chips = ui.row().classes("gap-1")
        self._choose_number()
        self._add()

    def refresh(self) -> None:
        """The next points, ten times a second."""
        now = asyncio.get_running_loop().time()
        if not self._lines or now - self._sampled_at < _SAMPLE_SECONDS:
            return
        self._sampled_at = now
        for table, series in self._lines:
            rows = self.watching.rows(table)
            if table.has_rows:
                series.sample(now, rows)
        self._chart.show(now, [series.points for _, series in self._lines])

    def _take_table(self, name: str) -> None:
        self._table = self._tables[name]
        self._choose_number()

    def _choose_number(self) -> None:
        numbers = [number.path for number in self._table.columns.numbers]
        self._path, self._aggregate = _ROWS, "mean"
        self._selects.clear()
        with self._selects:
            _select("number", [_ROWS, *numbers], _ROWS, self._take_path)
            self._aggregates = _select("taken as", list(AGGREGATES), "mean", self._take_aggregate)
        self._show_aggregates()

    def _take_path(self, path: str) -> None:
        self._path = path
        self._show_aggregates()

    def _take_aggregate(self, aggregate: str) -> None:
        self._aggregate = aggregate

    def _show_aggregates(self) -> None:
        self._aggregates.set_visibility(self._path != _ROWS)

    def _add(self) -> None:
        table, text = self._table, self._filter.value or ""
        try:
            matches = row_filter(text, table.columns)
        except FilterError as error:
            ui.notify(shown(str(error), 300), type="negative")
            return
        what = (
            f"rows of {table.name}" if self._path == _ROWS else f"{self._aggregate} {table.name}.{self._path}"
        )
        label = shown(f"{what} with {text}" if text else what)
        number = None if self._path == _ROWS else table.columns.number(self._path)
        if any(series.label == label for _, series in self._lines):
            return
        self._lines.append((table, Series(label, number=number, aggregate=self._aggregate, matches=matches)))
        self._show_lines()

    def _remove(self, series: Series) -> None:
        self._lines = [line for line in self._lines if line[1] is not series]
        self._show_lines()

    def _show_lines(self) -> None:
        self._chart.begin([PALETTE[index % len(PALETTE)] for index in range(len(self._lines))])
        self._chips.clear()
        with self._chips:
            for index, (_, series) in enumerate(self._lines):
                chip = ui.chip(series.label, removable=True).props("dense outline")
                chip.style(f"color: {PALETTE[index % len(PALETTE)]} !important")
                chip.on_value_change(
                    lambda change, series=series: None if change.value else self._remove(series)
                )


def _select(label: str, options: list[str], value: str, chosen: Callable[[str], None]) -> Any:
    """A choice among texts of others, which are shown as they are and never taken for keys."""
    labels = {index: shown(option, 60) for index, option in enumerate(options)}
    return (
        ui.select(labels, label=label, value=options.index(value))
        .props("dense outlined options-dense")
        .classes("min-w-24")
        .on_value_change(lambda change: chosen(options[int(change.value)]))
    )


def _unlikely(table: WatchedTable) -> int:
    """The least for the table that a person most likely wants to see."""
    return 0 if table.columns.is_place else 1 if table.columns.plane else 2


def _hue(text: str) -> int:
    # The same for a text each time, unlike hash().
    return sum(ord(letter) * (index + 1) for index, letter in enumerate(text[:64])) % len(PALETTE)


def _rounded(value: float) -> float:
    return float(f"{float(value):.6g}")
