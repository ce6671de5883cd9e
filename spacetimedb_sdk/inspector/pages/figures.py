"""The figures: this connection, what the database does a second, and who is connected."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

from nicegui import ui

from ...errors import SpacetimeDBException
from ...system.aside import aside
from ...system.plain_text import error_text
from ..columns import shown
from ..watched import Sample, WatchedDatabase
from .charts import PALETTE, Lines
from .grid import PER_PAGE, Grid

__all__ = ["FiguresTab"]

# Server figures are counted over all tables: no more often than a person looks.
_ASK_EVERY = 3.0
_SECONDS = 120
_CHARTS: dict[str, Callable[[Sample], float | None]] = {
    "Round trip, ms": lambda sample: None if sample.round_trip is None else sample.round_trip * 1000,
    "Transactions a second": lambda sample: sample.transactions,
    "Changed rows a second": lambda sample: sample.rows,
    "Reducers a second": lambda sample: sample.calls,
    "Timers run late, ms": lambda sample: None if sample.lateness is None else sample.lateness * 1000,
    "Received here, kB a second": lambda sample: sample.received / 1000,
}


class FiguresTab:
    """Tiles, charts of the last two minutes, and two lists."""

    def __init__(self, watched: WatchedDatabase) -> None:
        self._watched = watched
        self._asked_at = 0.0
        self._is_watching = False
        self._rows: list[list[str]] = []
        self._number = 0
        self._asking: asyncio.Task[None] | None = None
        self._last: Sample | None = None
        self._counted: tuple[float, Counter[str]] = (0.0, Counter())
        with ui.card().classes("panel w-full p-3"):
            self._about = ui.label("").classes("mono text-xs whitespace-pre-wrap break-all")
        with ui.grid(columns=3).classes("w-full gap-3"):
            self._charts: list[tuple[Callable[[Sample], float | None], Any, Lines]] = []
            for index, (title, get) in enumerate(_CHARTS.items()):
                with ui.card().classes("panel p-3 gap-1"):
                    with ui.row().classes("w-full items-baseline"):
                        ui.label(title).classes("text-xs muted")
                        ui.space()
                        value = ui.label("–").classes("mono text-lg font-semibold")
                    chart = Lines([PALETTE[index]], seconds=_SECONDS).classes("w-full h-32")
                    self._charts.append((get, value, chart))
        with ui.row().classes("w-full items-start gap-3"):
            with ui.card().classes("panel p-3 grow basis-0 min-w-96"):
                self._connections = ui.label("Connections").classes("font-semibold")
                self._problem = ui.label("").classes("text-negative")
                self._clients = Grid(["identity", "connection", ""], on_page=self._page, sortable=False)
            with ui.card().classes("panel p-3 w-96"):
                ui.label("Reducers that this connection is told of").classes("font-semibold")
                self._reducers = ui.label("").classes("mono text-xs whitespace-pre-wrap")

    def close(self) -> None:
        if self._is_watching:
            self._is_watching = False
            self._watched.figures_watchers -= 1

    async def refresh(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            self._watched.figures_watchers += 1
        now = asyncio.get_running_loop().time()
        if now - self._asked_at >= _ASK_EVERY and (self._asking is None or self._asking.done()):
            self._asked_at = now
            self._asking = asyncio.get_running_loop().create_task(self._ask())
        samples = self._watched.samples
        if not samples or samples[-1] is self._last:
            return
        self._last = samples[-1]
        self._show_about()
        self._show_reducers(now)
        for get, label, chart in self._charts:
            points = [
                (sample.at, round(value, 3)) for sample in samples if (value := get(sample)) is not None
            ]
            label.text = f"{points[-1][1]:,.1f}" if points else "–"
            chart.show(samples[-1].at, [points])

    def _show_about(self) -> None:
        watched, client = self._watched, self._watched.client
        lines = [f"identity    {watched.identity or '–'}{'  (the owner)' if watched.is_owner else ''}"]
        if client is not None:
            stats = client.stats
            jitter = "–" if stats.jitter is None else f"{stats.jitter * 1000:.2f} ms"
            ahead = "–" if stats.clock_offset is None else f"{stats.clock_offset * 1000:+.1f} ms"
            lines += [
                f"connection  {client.connection_id or '–'}",
                f"jitter      {jitter}    server's clock ahead {ahead}    rows here {stats.rows:,}",
                f"received    {stats.bytes_received:,} bytes    sent {stats.bytes_sent:,} bytes",
            ]
        self._about.text = "\n".join(lines)

    def _show_reducers(self, now: float) -> None:
        then, before = self._counted
        counts = Counter(self._watched.reducers_run)
        self._counted = now, counts
        if not counts:
            self._reducers.text = (
                "None yet. Of what others call it is told over v1 alone, with the tables that are looked at."
            )
            return
        passed = max(now - then, 0.001)
        self._reducers.text = "\n".join(
            f"{(count - before[name]) / passed if then else 0:8.1f}/s {count:>10,}  {shown(name, 60)}"
            for name, count in counts.most_common(20)
        )

    async def _ask(self) -> None:
        http, name = self._watched.http, self._watched.name
        try:
            answer = await aside(lambda: http.sql(name, "SELECT * FROM st_client"))
            rows = answer[0]["rows"]
        except (SpacetimeDBException, LookupError, TypeError) as error:
            self._problem.text = shown(f"they cannot be told: {error_text(error)}", 300)
            return
        self._problem.text = ""
        own = str(self._watched.client.connection_id) if self._watched.client is not None else ""
        self._connections.text = "1 connection" if len(rows) == 1 else f"{len(rows):,} connections"
        texts = [[_hex(cell) for cell in row[:2]] for row in rows]
        self._rows = [[*cells, "this page" if own in cells else ""] for cells in texts]
        self._page(min(self._number, max(len(rows) - 1, 0) // PER_PAGE), None, False)

    def _page(self, number: int, _sorted_by: int | None, _descending: bool) -> None:
        self._number = number
        self._clients.show(self._rows[number * PER_PAGE : (number + 1) * PER_PAGE], number, len(self._rows))


def _hex(cell: Any) -> str:
    while isinstance(cell, list) and len(cell) == 1:
        (cell,) = cell
    if isinstance(cell, int):
        return f"{cell:032x}"
    return str(cell).removeprefix("0x")
