"""Charts: dots in a plane and lines over time, drawn by `chart.js`, which is sent what is new alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any

from nicegui import ui

__all__ = ["PALETTE", "Dots", "Lines"]

PALETTE = (
    "#6366f1", "#10b981", "#f59e0b", "#ef4444", "#06b6d4", "#d946ef", "#84cc16", "#f97316", "#3b82f6", "#ec4899",
)  # fmt: skip
# Of a row that has no place.
_NOWHERE = -1
_Point = tuple[float, float]


class _Canvas(ui.element, component="chart.js"):
    """What is drawn on; `on_ready` is called when the browser has it, and again when a browser begins anew."""

    def __init__(self, kind: str, on_ready: Callable[[], None], seconds: int = 0) -> None:
        super().__init__()
        self.props["kind"] = kind
        self.props["palette"] = list(PALETTE)
        self.props["seconds"] = seconds
        self.on("ready", lambda _: on_ready(), [])


class Dots:
    """Rows as dots. Rows never change, one that did is another row: those that were shown already are not sent again."""

    def __init__(self) -> None:
        self._canvas = _Canvas("dots", self._begin)
        self._is_there = False
        # By what Python calls a row: the row, so that no other gets its place, and the number of its dot.
        self._shown: dict[int, tuple[Any, int]] = {}
        self._free: list[int] = []
        self._count = 0

    def classes(self, add: str) -> Dots:
        self._canvas.classes(add)
        return self

    def clear(self) -> None:
        """Dots that come are drawn by other numbers of their rows, in a plane of their own."""
        self._shown, self._free, self._count = {}, [], 0
        if self._is_there:
            self._canvas.run_method("begin")

    def show(
        self, rows: Iterable[Any], point: Callable[[Any], tuple[float, float, float, int] | None]
    ) -> bool:
        """Draw these rows and no others, each at its `(x, y, size, colour)`; False while no browser is there to do it."""
        if not self._is_there:
            return False
        gone, shown, new = self._shown, {}, []
        for row in rows:
            there = gone.pop(id(row), None)
            if there is None:
                new.append(row)
            else:
                shown[id(row)] = there
        left = [dot for _, dot in gone.values() if dot != _NOWHERE]
        numbers: list[float] = []
        for row in new:
            place = point(row)
            dot = _NOWHERE
            if place is not None:
                dot = left.pop() if left else self._free.pop() if self._free else self._count
                self._count = max(self._count, dot + 1)
                numbers += (dot, *place)
            shown[id(row)] = row, dot
        for dot in left:
            numbers += (dot, 0, 0, -1, 0)
        self._free += left
        self._shown = shown
        if numbers:
            self._canvas.run_method("move", numbers)
        return True

    def _begin(self) -> None:
        self._is_there = True
        self.clear()


class Lines:
    """Numbers over the last `seconds`, a line each."""

    def __init__(self, colours: Sequence[str] = (), *, seconds: int = 60) -> None:
        self._colours = list(colours)
        self._canvas = _Canvas("lines", self._begin, seconds)
        self._is_there = False
        # Of each line, when its newest point was that the browser has.
        self._sent: list[float] = []

    def classes(self, add: str) -> Lines:
        self._canvas.classes(add)
        return self

    def begin(self, colours: Sequence[str]) -> None:
        """Other lines: as many as there are colours."""
        self._colours = list(colours)
        if self._is_there:
            self._begin()

    def show(self, now: float, lines: Sequence[Sequence[_Point]]) -> None:
        """Each line's `(seconds, value)`, the newest last; `now` is where the axis ends."""
        if not self._is_there:
            return
        added = []
        for index, points in enumerate(lines):
            sent = self._sent[index]
            new = list(takewhile(lambda point, sent=sent: point[0] > sent, reversed(points)))  # type: ignore[misc]
            if new:
                self._sent[index] = new[0][0]
            added.append([number for at, value in reversed(new) for number in (round(at, 2), value)])
        self._canvas.run_method("extend", round(now, 2), added)

    def _begin(self) -> None:
        self._is_there = True
        self._sent = [float("-inf")] * len(self._colours)
        self._canvas.run_method("begin", self._colours)
