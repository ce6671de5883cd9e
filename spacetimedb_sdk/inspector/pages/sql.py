"""SQL: one statement, and what it gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from nicegui import ui

from ...errors import DecodeError, HttpError, SchemaError, SpacetimeDBException
from ...sats.algebraic_type import PrimitiveType, Typespace
from ...sats.bsatn.codec import CodecSpace
from ...sats.json.types import elements_from_json
from ...sats.readable import cell_writer
from ...system.aside import aside
from ...system.plain_text import error_text
from ..columns import shown
from ..watched import WatchedDatabase
from .grid import PER_PAGE, Grid

__all__ = ["SqlTab"]

_REFUSED = 400


class SqlTab:
    """A statement above, its rows below."""

    def __init__(self, watched: WatchedDatabase, is_dark: Callable[[], bool]) -> None:
        self._watched, self._is_dark = watched, is_dark
        self._was_dark = False
        self._before: list[str] = []
        first = next((table for table in watched.tables.values() if watched.may_read(table)), None)
        assert watched.live is not None
        statement = "" if first is None else f"{watched.live.bindings.query(first.name, None)} LIMIT 100"
        with ui.card().classes("panel w-full p-3 gap-2"):
            self._text = (
                ui.codemirror(
                    statement,
                    language="SQL",
                    line_wrapping=True,
                    keymap={"Ctrl-Enter": lambda _: self._run()},
                )
                .classes("w-full h-32 panel")
                .props("aria-label=SQL")
            )
            with ui.row().classes("w-full items-center gap-3"):
                self._button = ui.button("Run", icon="play_arrow", on_click=self._run).props(
                    "unelevated no-caps"
                )
                ui.label("Ctrl+Enter").classes("text-xs muted")
                self._note = ui.label("").classes("mono text-sm")
                ui.space()
                self._history = ui.button("Before", icon="history").props("flat no-caps color=grey")
                with self._history, ui.menu() as self._menu:
                    pass
                self._history.set_visibility(False)
        self._problem = ui.label("").classes(
            "w-full panel p-3 text-negative mono text-sm whitespace-pre-wrap"
        )
        self._problem.set_visibility(False)
        self._result = ui.column().classes("w-full")

    def close(self) -> None:
        """Nothing is watched for it."""

    async def refresh(self) -> None:
        """What a person asked is there already; the editor has colours of its own."""
        if self._is_dark() != self._was_dark:
            self._was_dark = self._is_dark()
            self._text.theme = "basicDark" if self._was_dark else "basicLight"

    async def _run(self) -> None:
        statement = (self._text.value or "").strip()
        if not statement:
            return
        self._remember(statement)
        self._button.disable()
        began = asyncio.get_running_loop().time()
        http, name = self._watched.http, self._watched.name
        try:
            results = await aside(lambda: http.sql(name, statement))
            self._show(results, asyncio.get_running_loop().time() - began)
        except HttpError as error:
            self._failed(error.body.strip() if error.status == _REFUSED else error_text(error))
        except (SpacetimeDBException, KeyError, TypeError, IndexError, DecodeError, SchemaError) as error:
            self._failed(error_text(error))
        finally:
            self._button.enable()

    def _failed(self, text: str) -> None:
        self._note.text = ""
        self._result.clear()
        self._problem.text = "\n".join(shown(line, 1000) for line in text.splitlines()[:20])
        self._problem.set_visibility(True)

    def _show(self, results: list[Any], seconds: float) -> None:
        self._problem.set_visibility(False)
        self._result.clear()
        said = []
        for result in results:
            columns = elements_from_json(result["schema"]["elements"], "result")
            rows = result["rows"]
            if columns:
                said.append(f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}")
                self._show_rows(columns, rows)
            else:
                stats = result.get("stats") or {}
                changes = [
                    f"{stats.get(f'rows_{word}', 0)} {word}" for word in ("inserted", "updated", "deleted")
                ]
                said.append(", ".join(change for change in changes if not change.startswith("0 ")) or "done")
        self._note.text = f"{'; '.join(said)} · {seconds * 1000:.0f} ms"

    def _show_rows(self, columns: Any, rows: list[Any]) -> None:
        space = CodecSpace(Typespace(()), {})
        writers = [cell_writer(space, column.type) for column in columns]

        def show(number: int, sorted_by: int | None, descending: bool) -> None:
            page = rows[number * PER_PAGE : (number + 1) * PER_PAGE]
            texts = [[write(cell) for write, cell in zip(writers, row, strict=True)] for row in page]
            grid.show(texts, number, len(rows))

        with self._result:
            grid = Grid(
                [column.name or f"column_{index}" for index, column in enumerate(columns)],
                numbers=[
                    isinstance(column.type, PrimitiveType) and column.type.name != "String"
                    for column in columns
                ],
                on_page=show,
                sortable=False,
            )
        show(0, None, False)

    def _remember(self, statement: str) -> None:
        self._before = [statement, *(other for other in self._before if other != statement)][:20]
        self._history.set_visibility(True)
        self._menu.clear()
        with self._menu:
            for other in self._before:
                ui.menu_item(shown(other), on_click=lambda other=other: self._text.set_value(other)).classes(
                    "mono text-xs"
                )
