"""A grid of rows: one page of texts at a time, whatever there is behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from ..columns import shown

__all__ = ["Grid"]

PER_PAGE = 50


class Grid:
    """`on_page(number, sorted_by, descending)` is called when a person asks for another page or order, `on_row(index)` for a row.

    Cells are put in as texts under names of its own: what others wrote is never a key, which NiceGUI might take for code.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        numbers: Sequence[bool] = (),
        notes: Sequence[str] = (),
        on_page: Callable[[int, int | None, bool], None],
        on_row: Callable[[int], None] | None = None,
        sortable: bool = True,
    ) -> None:
        columns = [
            {
                "name": f"c{index}",
                "field": f"c{index}",
                "label": shown(name, 60),
                "align": "right" if index < len(numbers) and numbers[index] else "left",
                "sortable": sortable,
                "title": shown(notes[index]) if index < len(notes) else "",
            }
            for index, name in enumerate(names)
        ]
        self._on_page = on_page
        self._cells: list[dict[str, Any]] = []
        self._pagination: dict[str, Any] = {
            "page": 1,
            "rowsPerPage": PER_PAGE,
            "rowsNumber": 0,
            "sortBy": None,
            "descending": False,
        }
        self._sent = dict(self._pagination)
        self._table = (
            ui.table(columns=columns, rows=[], row_key="id", pagination=dict(self._pagination))
            .props(f"flat dense separator=horizontal rows-per-page-options=[{PER_PAGE}]")
            .classes("w-full rows panel")
        )
        self._table.on("request", self._asked, ["pagination"])
        if on_row is not None:
            self._table.on(
                "rowClick",
                lambda event: on_row(int(event.args)),
                js_handler="(event, row, index) => emit(index)",
            )

    def show(self, rows: Sequence[Sequence[str]], number: int, matched: int) -> None:
        """Page `number` of what `matched` rows make up; it sends only what is new."""
        cells = [
            {"id": index, **{f"c{column}": shown(text) for column, text in enumerate(row)}}
            for index, row in enumerate(rows)
        ]
        pagination = {**self._pagination, "page": number + 1, "rowsNumber": matched}
        if pagination != self._sent:
            self._pagination = self._sent = pagination
            self._table.pagination = dict(pagination)
        if cells != self._cells:
            self._cells = cells
            self._table.rows = cells

    def _asked(self, event: Any) -> None:
        asked = event.args.get("pagination", event.args)
        sorted_by = asked.get("sortBy")
        column = int(str(sorted_by)[1:]) if sorted_by else None
        self._pagination = {
            **self._pagination,
            "sortBy": sorted_by,
            "descending": bool(asked.get("descending")),
        }
        self._on_page(int(asked["page"]) - 1, column, bool(asked.get("descending")))
