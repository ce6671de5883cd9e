"""The calls: reducers and procedures by forms, and how each call ended."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from nicegui import ui

from ...bindings.module import ProcedureInfo, ReducerInfo
from ...errors import SpacetimeDBException
from ...sats.json.encoding import json_encoder
from ...sats.readable import TypeNames
from ...system.plain_text import error_text
from ..columns import shown
from ..fields import FieldError, GroupField
from ..watched import WatchedDatabase
from .form import Form

__all__ = ["CallsTab"]

# A procedure may ask other servers; a person has gone by then.
_SECONDS = 30.0
# Answers that stay on the page, and what is shown of a long one: more slows the browser, and is not read.
_KEPT = 30
_LONGEST = 4000


class CallsTab:
    """On the left what can be called, in the middle the form, on the right how calls ended."""

    def __init__(self, watched: WatchedDatabase) -> None:
        self._watched = watched
        live = watched.live
        assert live is not None
        self._names = TypeNames(live.module)
        private = {reducer.name for reducer in live.module.reducers if reducer.is_private}
        private |= {procedure.name for procedure in live.module.procedures if procedure.is_private}
        self._functions: dict[str, ReducerInfo | ProcedureInfo] = {
            **live.bindings.reducers,
            **live.bindings.procedures,
        }
        self._items: dict[str, Any] = {}
        with ui.row().classes("w-full no-wrap items-start gap-3"):
            with ui.card().classes("panel p-2 w-64 shrink-0 gap-1"):
                ui.input(
                    placeholder="find", on_change=lambda change: self._find(str(change.value or ""))
                ).props("dense outlined clearable").classes("w-full")
                with ui.list().props("dense").classes("w-full"):
                    for name in sorted(self._functions, key=lambda name: (name in private, name)):
                        self._item(name, is_private=name in private)
            self._middle = ui.card().classes("panel grow basis-0 min-w-80 p-4 gap-3")
            with ui.card().classes("panel grow basis-0 min-w-80 p-4 gap-2"):
                ui.label("Answers").classes("text-xs muted")
                self._answers = ui.column().classes("w-full gap-2")
        with self._middle:
            ui.label("Choose what to call." if self._functions else "There is nothing to call.").classes(
                "muted"
            )

    def close(self) -> None:
        """Nothing is watched for it."""

    async def refresh(self) -> None:
        """It shows what a person did, which is there already."""

    def _item(self, name: str, *, is_private: bool) -> None:
        is_procedure = isinstance(self._functions[name], ProcedureInfo)
        with ui.item(on_click=lambda: self._choose(name)).classes("rounded-lg px-2 w-full") as item:
            with ui.item_section().props("avatar").classes("min-w-0 pr-2"):
                icon = "lock" if is_private else "functions" if is_procedure else "play_arrow"
                note = ("private " if is_private else "") + ("procedure" if is_procedure else "reducer")
                ui.icon(icon, size="18px").classes("muted").tooltip(note)
            with ui.item_section():
                ui.label(shown(name, 60)).classes("truncate")
        self._items[name] = item

    def _find(self, text: str) -> None:
        for name, item in self._items.items():
            item.set_visibility(text.casefold() in name.casefold())

    def _choose(self, name: str) -> None:
        for other, item in self._items.items():
            item.classes(add="item-chosen") if other == name else item.classes(remove="item-chosen")
        info, live = self._functions[name], self._watched.live
        assert live is not None
        group = GroupField(info.params, live.module.typespace)
        self._middle.clear()
        with self._middle:
            ui.label(shown(name, 60)).classes("text-lg font-semibold")
            signature = self._names.of(info.params)
            if isinstance(info, ProcedureInfo):
                signature = f"{signature} -> {self._names.of(info.return_type)}"
            ui.label(shown(signature, 600)).classes("mono text-xs muted break-all")
            form = Form(group, lambda: str(self._watched.identity or ""))
            with ui.row().classes("items-center gap-3"):
                button = ui.button("Call", icon="play_arrow").props("unelevated no-caps")
                wrong = ui.label("").classes("text-negative text-sm")

        async def call() -> None:
            try:
                arguments = group.value()
            except FieldError as error:
                form.show_problems()
                wrong.text = shown(str(error), 300)
                return
            form.show_problems()
            wrong.text = ""
            button.disable()
            try:
                await self._call(info, arguments)
            finally:
                button.enable()

        button.on_click(call)

    async def _call(self, info: ReducerInfo | ProcedureInfo, arguments: tuple[Any, ...]) -> None:
        began = asyncio.get_running_loop().time()
        is_right = False
        try:
            is_right, text = await self._outcome(info, arguments)
        except TimeoutError:
            text = f"no answer after {_SECONDS:.0f} seconds; it may still be done"
        except (SpacetimeDBException, TypeError, ValueError) as error:
            text = error_text(error)
        milliseconds = (asyncio.get_running_loop().time() - began) * 1000
        with self._answers:
            with ui.column().classes("w-full panel p-2 gap-0") as answer:
                with ui.row().classes("w-full items-center gap-2 no-wrap"):
                    ui.icon("check_circle" if is_right else "error", size="18px").classes(
                        "text-positive" if is_right else "text-negative"
                    )
                    ui.label(shown(info.name, 60)).classes("font-semibold truncate")
                    ui.space()
                    ui.label(f"{time.strftime('%H:%M:%S')} · {milliseconds:.1f} ms").classes(
                        "mono text-xs muted whitespace-nowrap"
                    )
                ui.label(shown(text, _LONGEST)).classes("mono text-xs whitespace-pre-wrap break-all")
            answer.move(target_index=0)
            answers = self._answers.default_slot.children
            while len(answers) > _KEPT:
                self._answers.remove(answers[-1])

    async def _outcome(
        self, info: ReducerInfo | ProcedureInfo, arguments: tuple[Any, ...]
    ) -> tuple[bool, str]:
        """Whether it did what was asked, and what there is to say about it."""
        client, live = self._watched.client, self._watched.live
        if client is None or live is None or not client.is_connected:
            return False, "the database cannot be reached now"
        if isinstance(info, ProcedureInfo):
            value = await client.call_procedure(info.name, *arguments).wait(_SECONDS)
            returned = json_encoder(live.space, info.return_type, positional=False)(value)
            return True, json.dumps(returned, ensure_ascii=False)
        client.request_timeout = _SECONDS
        result = await client.call_reducer(info.name, *arguments)
        return result.committed, result.message or result.outcome.value
