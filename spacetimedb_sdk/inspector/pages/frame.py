"""The frame of the page: the database and its state above, tabs, and the loop that keeps the one in front up to date."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nicegui import ui

from ..columns import shown
from ..log_follower import LogFollower
from ..watched import WatchedDatabase
from .calls import CallsTab
from .figures import FiguresTab
from .log import LogTab
from .plots import PlotsTab
from .sql import SqlTab
from .tab import Tab
from .tables import TablesTab

__all__ = ["Frame"]

log = logging.getLogger("spacetimedb_sdk.inspector")

# Seconds between two updates at the least, and until a page that shows nothing (it is in the background) is asked again.
_INTERVAL = 0.05
_PATIENCE = 3.0
# Updates that the browser has not drawn: while one is under way the next is made ready, so that how long the way takes does
# not count, and a browser that is slower than the database still gets no more than it draws.
_ON_THE_WAY = 2
# Answered once the browser has drawn what came before it: no page gets more than it can show.
_DRAWN = "new Promise(drawn => requestAnimationFrame(() => drawn(true)))"
_PREFERS_DARK = "window.matchMedia('(prefers-color-scheme: dark)').matches"
_COLOURS = {"connected": "positive", "connecting": "warning", "lost": "negative"}


class Frame:
    """One browser's page."""

    def __init__(self, watched: WatchedDatabase, log: LogFollower, client: Any) -> None:
        self._watched = watched
        self._client = client
        self._generation = watched.generation
        self._makers: dict[str, tuple[str, Callable[[], Tab]]] = {
            "Tables": ("table_rows", lambda: TablesTab(watched)),
            "Plots": ("scatter_plot", lambda: PlotsTab(watched)),
            "Calls": ("play_arrow", lambda: CallsTab(watched)),
            "SQL": ("terminal", lambda: SqlTab(watched, lambda: bool(self._dark.value))),
            "Log": ("article", lambda: LogTab(log)),
            "Figures": ("speed", lambda: FiguresTab(watched)),
        }
        self._shown: dict[str, Tab] = {}
        self._front = "Tables"
        # What went wrong in the tab in front: it stands still until it is chosen again.
        self._failure = ""
        self._dark = ui.dark_mode(False)
        self._header()
        with ui.column().classes("w-full p-3 gap-3"):
            self._problem = ui.label().classes("w-full panel p-3 text-negative")
            self._panels = {name: ui.column().classes("w-full gap-3") for name in self._makers}
        self._tabs.value = self._front
        self._update_header()

    def start(self) -> None:
        """Follow the database for as long as the page is open."""
        following = asyncio.get_running_loop().create_task(self._follow())
        self._client.on_delete(following.cancel)

    def _header(self) -> None:
        watched = self._watched
        with ui.header().classes("items-center gap-3 px-4 py-1 bg-indigo-600 text-white no-wrap"):
            ui.label(shown(watched.name, 60)).classes("text-lg font-semibold whitespace-nowrap")
            ui.label(shown(watched.server_url, 80)).classes("mono text-xs opacity-75 whitespace-nowrap")
            self._state = ui.badge("").classes("px-2 py-1")
            self._owner = ui.badge("owner", color="indigo-9").classes("px-2 py-1")
            ui.space()
            self._tabs = ui.tabs(on_change=lambda change: self._choose(str(change.value)))
            with self._tabs.props("dense inline-label no-caps"):
                for name, (icon, _) in self._makers.items():
                    ui.tab(name, icon=icon)
            ui.space()
            self._rates = ui.label("").classes("mono text-xs whitespace-nowrap")
            ui.button(icon="contrast", on_click=self._toggle_dark).props(
                "flat round dense color=white"
            ).tooltip("light or dark")

    def _toggle_dark(self) -> None:
        self._dark.value = not self._dark.value

    def _choose(self, name: str) -> None:
        gone = self._shown.get(self._front)
        if gone is not None:
            gone.close()
        self._front, self._failure = name, ""
        for other, panel in self._panels.items():
            panel.set_visibility(other == name)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        await self._client.connected(timeout=30.0)
        with suppress(TimeoutError):  # then it stays light
            self._dark.value = bool(await self._client.run_javascript(_PREFERS_DARK, timeout=_PATIENCE))
        due = loop.time()
        undrawn: deque[asyncio.Task[None]] = deque()
        try:
            while not self._client.is_deleted:
                with self._client:
                    await self._update()
                undrawn.append(loop.create_task(self._until_drawn()))
                if len(undrawn) == _ON_THE_WAY:
                    await undrawn.popleft()
                # From due time to due time: what a sleep takes too long does not add up to fewer updates a second.
                due = max(due + _INTERVAL, loop.time() + 0.005)
                await asyncio.sleep(due - loop.time())
        finally:
            for drawing in undrawn:
                drawing.cancel()
            for tab in self._shown.values():
                tab.close()

    async def _until_drawn(self) -> None:
        while not self._client.is_deleted:
            try:
                await self._client.run_javascript(_DRAWN, timeout=_PATIENCE)
            except TimeoutError:  # no page is open now
                continue
            return

    async def _update(self) -> None:
        self._update_header()
        if self._watched.generation != self._generation:
            # Another schema: every tab has to begin anew.
            if self._generation:
                ui.navigate.reload()
                return
            self._generation = self._watched.generation
        if not self._generation or self._failure:
            return
        tab = self._shown.get(self._front)
        try:
            if tab is None:
                with self._panels[self._front]:
                    tab = self._shown[self._front] = self._makers[self._front][1]()
            await tab.refresh()
        except Exception as error:
            log.exception("the tab %s", self._front)
            self._failure = f"The tab {self._front} failed: {error!r}"
            self._panels[self._front].clear()
            self._shown.pop(self._front, None)

    def _update_header(self) -> None:
        watched = self._watched
        self._state.text = watched.state
        self._state.props(f"color={_COLOURS[watched.state]}")
        self._owner.set_visibility(watched.is_owner)
        problem = watched.problem or self._failure
        self._problem.text = shown(problem, 600)
        self._problem.set_visibility(bool(problem))
        if watched.samples and watched.is_connected:
            last = watched.samples[-1]
            trip = "" if last.round_trip is None else f"{last.round_trip * 1000:.1f} ms · "
            self._rates.text = f"{trip}{last.transactions:.0f} tx/s · {last.rows:.0f} rows/s"
        else:
            self._rates.text = ""
