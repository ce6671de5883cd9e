"""A form: the fields of a type as a person fills them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from ..columns import shown
from ..fields import ChoiceField, Field, FlagField, GroupField, ListField, TextField

__all__ = ["Form"]


class Form:
    """Shows `group` where it is made. `identity` gives the text that the button beside identities puts in."""

    def __init__(self, group: GroupField, identity: Callable[[], str]) -> None:
        self._identity = identity
        self._inputs: list[tuple[TextField, Any]] = []
        with ui.column().classes("w-full gap-2"):
            for name, field in group.parts:
                self._draw(name, field)

    def show_problems(self) -> None:
        """Beside each field what is wrong with what it holds."""
        for field, label in self._inputs:
            if not label.is_deleted:
                label.text = shown(field.problem, 300)
                label.set_visibility(bool(field.problem))

    def _draw(self, name: str, field: Field) -> None:
        label = shown(name, 60)
        match field:
            case TextField():
                self._text(label, field)
            case FlagField():
                ui.switch(
                    label, value=field.on, on_change=lambda change: setattr(field, "on", bool(change.value))
                )
            case ChoiceField():
                self._choice(label, field)
            case ListField():
                self._list(label, field)
            case GroupField():
                with self._box(label):
                    for part, inner in field.parts:
                        self._draw(part, inner)
                    if not field.parts:
                        ui.label("nothing to fill in").classes("text-xs muted")

    def _text(self, label: str, field: TextField) -> None:
        def changed(change: Any) -> None:
            field.text = str(change.value or "")

        with ui.row().classes("w-full no-wrap items-start gap-2"):
            # The box is never touched again: whatever the server sends of it takes back what was typed meanwhile.
            box = ui.input(f"{label}: {field.type_name}", value=field.text, on_change=changed)
            box.props("dense outlined stack-label hide-bottom-space").props["hint"] = field.hint
            box.classes("grow mono")
            if field.type_name == "Identity":
                ui.button("me", on_click=lambda: box.set_value(self._identity())).props(
                    "flat dense no-caps"
                ).classes("mt-1")
        problem = ui.label("").classes("text-negative text-xs -mt-1")
        problem.set_visibility(False)
        self._inputs.append((field, problem))

    def _choice(self, label: str, field: ChoiceField) -> None:
        if field.is_option:
            with ui.column().classes("w-full gap-1"):
                switch = ui.switch(f"{label}: given", value=field.chosen == 0)
                inner = ui.column().classes("w-full pl-4")
                switch.on_value_change(
                    lambda change: self._chosen(label, field, 0 if change.value else 1, inner)
                )
            return
        names = {index: shown(name, 60) for index, name in enumerate(field.names)}
        with ui.column().classes("w-full gap-1"):
            ui.select(
                names,
                label=label,
                value=field.chosen if names else None,
                on_change=lambda change: self._chosen(label, field, int(change.value), inner),
            ).props("dense outlined options-dense").classes("w-full")
            inner = ui.column().classes("w-full pl-4")
        self._inside(label, field, inner)

    def _chosen(self, label: str, field: ChoiceField, number: int, inside: Any) -> None:
        field.choose(number)
        self._inside(label, field, inside)

    def _inside(self, label: str, field: ChoiceField, inside: Any) -> None:
        inside.clear()
        inside.set_visibility(field.inner is not None)
        if field.inner is not None:
            with inside:
                self._draw(label if field.is_option else field.names[field.chosen], field.inner)

    def _list(self, label: str, field: ListField) -> None:
        with self._box(label):
            items = ui.column().classes("w-full gap-2")

            def put(index: int, item: Field) -> None:
                with items, ui.row().classes("w-full no-wrap items-start gap-2"):
                    with ui.column().classes("grow"):
                        self._draw(str(index), item)
                    ui.button(icon="close", on_click=lambda: remove(item)).props(
                        "flat dense round size=sm"
                    ).classes("mt-1")

            def draw() -> None:
                items.clear()
                for index, item in enumerate(field.items):
                    put(index, item)

            def remove(item: Field) -> None:
                field.remove(item)
                draw()

            def add() -> None:
                # The others stay as they are: somebody may be typing into them already.
                field.add()
                put(len(field.items) - 1, field.items[-1])

            draw()
            ui.button(f"Add to {label}", icon="add", on_click=add).props("flat dense no-caps")

    def _box(self, label: str) -> Any:
        box = ui.column().classes("w-full gap-2 p-3 panel")
        with box:
            ui.label(label).classes("text-xs muted")
        return box
