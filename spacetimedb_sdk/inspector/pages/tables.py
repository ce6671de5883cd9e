"""The tables: which there are, and the rows of one as they are now."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from time import thread_time
from typing import Any

from nicegui import ui

from ...slices import Slices
from ..columns import shown
from ..row_filter import FilterError
from ..rows_view import RowsPage, RowsView
from ..watched import WatchedDatabase, WatchedTable
from .grid import Grid

__all__ = ["TablesTab"]

# Seconds between two counts of a table whose rows are not here.
_COUNT_EVERY = 1.0
# Of its time a table that takes long to look through may have a fifth.
_SHARE = 4
_LONGEST_JSON = 20_000


class TablesTab:
    """On the left the tables, on the right the one that was chosen."""

    def __init__(self, watched: WatchedDatabase) -> None:
        self._watched = watched
        self._chosen: WatchedTable | None = None
        self._items: dict[str, tuple[Any, Any]] = {}
        self._watching = ExitStack()
        self._picked: list[Any] = []
        self._stale = True
        self._version = -1
        self._rest_until = self._count_at = 0.0
        self._to_count: list[str] = []
        self._counting: asyncio.Task[None] | None = None
        self._is_watching = False
        # Seconds of the processor that others had while rows were picked.
        self._waited = 0.0
        with ui.row().classes("w-full no-wrap items-start gap-3"):
            with ui.card().classes("panel p-2 w-64 shrink-0"):
                ui.label("Tables and views").classes("text-xs muted px-2 pt-1")
                with ui.list().props("dense").classes("w-full"):
                    for table in watched.tables.values():
                        self._item(table)
            self._right = ui.column().classes("grow min-w-0 gap-2")
        first = next((table for table in watched.tables.values() if watched.may_read(table)), None)
        if first is None:
            with self._right:
                ui.label("This database has no table that you may read.").classes("muted p-4")
        else:
            self._choose(first)

    def close(self) -> None:
        self._watching.close()

    async def refresh(self) -> None:
        self._count()
        table = self._chosen
        if table is None:
            return
        self._watch(table)
        now = asyncio.get_running_loop().time()
        if table.version != self._version:
            self._stale = True
        self._problem.text = shown(table.problem, 600)
        self._problem.set_visibility(bool(table.problem))
        if self._stale and now >= self._rest_until:
            self._stale, self._version = False, table.version
            before = thread_time()
            await self._show(table)
            if self._chosen is table:
                # Of the processor's time: on a machine that has other things to do nothing rests longer for that.
                self._rest_until = now + _SHARE * (thread_time() - before - self._waited)

    def _watch(self, table: WatchedTable) -> None:
        """Have the rows come, again after another tab was in front."""
        if not self._is_watching:
            self._watching.enter_context(self._watched.watching(table))
            self._watching.callback(self._let_go)
            self._is_watching = self._stale = True

    def _let_go(self) -> None:
        self._is_watching = False

    async def _show(self, table: WatchedTable) -> None:
        rows = self._watched.rows(table)
        if table.events is not None:
            rows.reverse()  # the newest first
        page = await self._in_slices(self._view.pick(rows))
        self._picked = page.rows
        self._grid.show([self._view.columns.texts(row) for row in page.rows], page.number, page.matched)
        rows_are = "row" if page.total == 1 else "rows"
        of = (
            f"{page.matched:,} of {page.total:,} {rows_are}"
            if page.matched != page.total
            else f"{page.total:,} {rows_are}"
        )
        self._count_label.text = of if table.has_rows else "the rows are on their way…"

    async def _in_slices(self, work: Slices[RowsPage]) -> RowsPage:
        """The result of `work`, with turns for everything else in between."""
        self._waited = 0.0
        while True:
            try:
                next(work)
            except StopIteration as done:
                page: RowsPage = done.value
                return page
            before = thread_time()
            await asyncio.sleep(0)
            self._waited += thread_time() - before

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        tables = self._watched.tables
        for name, (_, badge) in self._items.items():
            count = tables[name].count
            badge.text = "" if count is None else f"{count:,}"
        if now < self._count_at or (self._counting is not None and not self._counting.done()):
            return
        if not self._to_count:
            # Those that are not known yet first.
            self._to_count = sorted(self._items, key=lambda name: tables[name].count is not None)
        table = tables[self._to_count.pop(0)]
        self._count_at = now + (0.0 if table.count is None else _COUNT_EVERY)
        self._counting = asyncio.get_running_loop().create_task(self._watched.count(table))

    def _item(self, table: WatchedTable) -> None:
        with ui.item(on_click=lambda: self._choose(table)).classes("rounded-lg px-2 w-full") as item:
            item.props(f"data-table={len(self._items)}")
            with ui.item_section().props("avatar").classes("min-w-0 pr-2"):
                icon = {"view": "visibility", "event table": "bolt"}.get(table.kind, "table_rows")
                ui.icon(icon if table.is_public else "lock", size="18px").classes("muted").tooltip(
                    table.kind if table.is_public else f"private {table.kind}: for the owner"
                )
            with ui.item_section():
                ui.label(shown(table.name, 60)).classes("truncate")
            with ui.item_section().props("side"):
                badge = ui.label("").classes("mono text-xs muted")
        self._items[table.name] = (item, badge)

    def _choose(self, table: WatchedTable) -> None:
        for name, (item, _) in self._items.items():
            item.classes(add="item-chosen") if name == table.name else item.classes(remove="item-chosen")
        self._watching.close()
        self._chosen = table
        self._view = RowsView(table.columns)
        # What was shown before may have taken long: this one is shown at once.
        self._stale, self._rest_until = True, 0.0
        self._right.clear()
        with self._right:
            with ui.row().classes("w-full items-center gap-3 no-wrap"):
                ui.label(shown(table.name, 60)).classes("text-lg font-semibold whitespace-nowrap")
                ui.label(table.kind if table.is_public else f"private {table.kind}").classes(
                    "text-xs muted whitespace-nowrap"
                )
                (
                    ui.input(placeholder='filter: a word, level>=5, name~"long sword"')
                    .props("dense outlined clearable debounce=150")
                    .classes("grow mono")
                    .on_value_change(lambda change: self._filtered(change.value or ""))
                )
                self._count_label = ui.label("").classes("mono text-sm whitespace-nowrap")
            # Beside the input, not in it: what the server sends of an input takes back what was typed meanwhile.
            self._no_filter = ui.label("").classes("text-negative text-sm")
            self._problem = ui.label("").classes("text-negative")
            columns = table.columns.columns
            self._grid = Grid(
                [column.name for column in columns],
                numbers=[column.is_number for column in columns],
                notes=[column.type_name for column in columns],
                on_page=self._page,
                on_row=self._open,
            )

    def _filtered(self, text: str) -> None:
        try:
            self._view.filter(text)
        except FilterError as error:
            self._no_filter.text = shown(str(error), 300)
            return
        self._no_filter.text = ""
        self._stale, self._rest_until = True, 0.0

    def _page(self, number: int, sorted_by: int | None, descending: bool) -> None:
        self._view.number, self._view.sorted_by, self._view.descending = number, sorted_by, descending
        self._stale, self._rest_until = True, 0.0

    def _open(self, index: int) -> None:
        """One row, whole."""
        if self._chosen is None or self._watched.live is None or not 0 <= index < len(self._picked):
            return
        value = self._watched.live.row_json(self._chosen.name, self._picked[index])
        text = json.dumps(value, indent=2)
        with ui.dialog() as dialog, ui.card().classes("panel min-w-96"):
            ui.label(shown(self._chosen.name, 60)).classes("font-semibold")
            with ui.scroll_area().classes("w-full h-96"):
                ui.label(text[:_LONGEST_JSON]).classes("mono text-xs whitespace-pre-wrap break-all")
            ui.button("Close", on_click=dialog.close).props("flat no-caps")
        dialog.on("hide", dialog.delete)
        dialog.open()
