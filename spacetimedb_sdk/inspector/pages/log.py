"""The log: the module's last lines, and each new one."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from ..columns import shown
from ..log_follower import LogFollower, LogLine

__all__ = ["LogTab"]

# Lines on the page: a browser lays all of them out.
_SHOWN = 300
_LEVELS = {"all": (), "warnings and errors": ("warn", "error", "panic"), "errors": ("error", "panic")}


class LogTab:
    """Lines of the levels that were chosen, with the words that were asked for."""

    def __init__(self, log: LogFollower) -> None:
        self._log = log
        log.start()
        self._seen = 0
        self._level, self._word = "all", ""
        with ui.row().classes("w-full items-center gap-3"):
            ui.toggle(
                list(_LEVELS), value="all", on_change=lambda change: self._choose(str(change.value))
            ).props("dense no-caps unelevated")
            ui.input(
                placeholder="a word", on_change=lambda change: self._find(str(change.value or ""))
            ).props("dense outlined clearable debounce=150").classes("mono w-80")
            ui.space()
            self._note = ui.label("").classes("mono text-xs muted")
        self._problem = ui.label("").classes("text-negative")
        self._lines: Any = ui.log(max_lines=_SHOWN).classes("w-full panel p-3 h-[calc(100vh-11rem)]")

    def close(self) -> None:
        """The log is followed on, for the next look."""

    async def refresh(self) -> None:
        self._problem.text = shown(self._log.problem, 300)
        self._problem.set_visibility(bool(self._log.problem))
        lines = self._log.lines
        if not lines or lines[-1].number == self._seen:
            return
        fitting = [line for line in lines if line.number > self._seen and self._fits(line)]
        self._seen = lines[-1].number
        for line in fitting[-_SHOWN:]:
            level = (
                line.level if line.level in ("error", "panic", "warn", "info", "debug", "trace") else "info"
            )
            self._lines.push(line.text, classes=f"mono log-line log-{level}")
        self._note.text = f"{len(lines):,} lines kept, the last {_SHOWN} that fit are shown"

    def _fits(self, line: LogLine) -> bool:
        levels = _LEVELS[self._level]
        return (not levels or line.level in levels) and self._word in line.text.casefold()

    def _choose(self, level: str) -> None:
        self._level = level
        self._again()

    def _find(self, word: str) -> None:
        self._word = word.casefold()
        self._again()

    def _again(self) -> None:
        self._seen = 0
        self._lines.clear()
