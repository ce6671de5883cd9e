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
        # A new table tells the server the page it began with, which NiceGUI then takes for the page of now, whatever was sent
        # meanwhile: what is here is what holds.
        self._table.on_pagination_change(lambda _: self._put_pagination())
        # The browser turns the page and the order at once, and does not wait for the answer: of two clicks that are quicker
        # than it, the second goes on from the first.
        self._table.on(
            "request",
            self._asked,
            js_handler=f"""event => {{
                mounted_app.elements[{self._table.id}].props.pagination = event.pagination;
                emit(event.pagination);
            }}""",
        )
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
            self._put_pagination()
        if cells != self._cells:
            self._cells = cells
            self._table.rows = cells

    def _put_pagination(self) -> None:
        self._table.pagination = dict(self._sent)

    def _asked(self, event: Any) -> None:
        asked: dict[str, Any] = event.args
        sorted_by = asked.get("sortBy")
        column = int(str(sorted_by)[1:]) if sorted_by else None
        descending = bool(asked.get("descending"))
        page = int(asked["page"])
        self._pagination = {**self._pagination, "page": page, "sortBy": sorted_by, "descending": descending}
        self._sent = dict(self._pagination)
        # What goes out next says what the browser shows by now.
        with self._table.props.suspend_updates():
            self._put_pagination()
        self._on_page(page - 1, column, descending)
