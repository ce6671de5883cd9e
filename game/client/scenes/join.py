"""Joining a world of another machine: one of the recent ones, or an address."""

from __future__ import annotations

from game.match.launcher_ports import WorldPort
from game.match.session import MAX_NAME_LENGTH
from game.match.settings import RecentServer

from ..app_context import AppContext
from ..ui.form import Form, Row
from ..ui.text_field import TextField
from ..ui.widgets import Button, Caption
from .menu import MenuScene
from .opening import OpeningScene
from .playing import PlayingScene

__all__ = ["JoinScene"]

_DEFAULT_PORT = "3000"
_DEFAULT_DATABASE = "blackholio"
_SHOWN = 4


class JoinScene(MenuScene):
    """Name, host, port and database, and a list of where one has been before; Join enters, Watch looks on.

    The name is asked for here, so that no world waits for it; it is remembered.
    """

    title = "Join a world"
    title_size = 64

    def __init__(self, context: AppContext, launcher: WorldPort) -> None:
        self._launcher = launcher
        recent = context.preferences.servers
        host, port, database = "", _DEFAULT_PORT, _DEFAULT_DATABASE
        if recent:
            server = recent[0].server
            host, _, port = (server, "", "") if "://" in server else server.rpartition(":")
            database = recent[0].database
        self._name = TextField(
            "Name",
            context.preferences.name or "",
            longest=MAX_NAME_LENGTH,
            placeholder="asked when you play",
            on_done=self._join,
        )
        self._host = TextField(
            "Host",
            host,
            longest=120,
            placeholder="192.168.1.20",
            accepts=lambda letter: not letter.isspace() and letter.isprintable(),
            on_done=self._join,
        )
        self._port = TextField("Port", port, longest=5, accepts=str.isdecimal, on_done=self._join)
        self._database = TextField("Database", database, longest=64, on_done=self._join)
        rows: list[Row] = [
            self._name,
            self._host,
            self._port,
            self._database,
            (Button("Join", self._join, is_main=True), Button("Watch", self._watch)),
        ]
        if recent:
            rows.append(Caption("Where you have been"))
            rows.extend(self._recent_button(each) for each in recent[:_SHOWN])
        rows.append(Button("Back", self._back))
        super().__init__(context, Form(rows, on_back=self._back, above=150.0, compact=True))
        self.form.focus(self._host, context.window)

    def _recent_button(self, entry: RecentServer) -> Button:
        return Button(entry.server, lambda: self._open(entry.server, entry.database), value=entry.database)

    def _join(self) -> None:
        self._open(self._address(), self._database.value.strip())

    def _watch(self) -> None:
        self._open(self._address(), self._database.value.strip(), watch=True)

    def _address(self) -> str:
        """The address as it is written: who pastes `host:port` into the first field means that port."""
        host, port = self._host.value.strip(), self._port.value.strip() or _DEFAULT_PORT
        tail = host.rpartition("]")[2]
        return host if ":" in tail or "/" in tail else f"{host}:{port}"

    def _open(self, server: str, database: str, *, watch: bool = False) -> None:
        if not self._host.value.strip() and server.startswith(":"):
            self.context.tell("Whose world? Write the address that the host tells you.")
            self.form.focus(self._host, self.context.window)
            return
        name = self._name.value.strip() or None
        if name is not None and name != self.context.preferences.name:
            self.context.change(name=name)
        self.context.stack.push(
            OpeningScene(
                self.context,
                "Looking for the world...",
                lambda: self._launcher.joined(server, database or _DEFAULT_DATABASE, name, watch=watch),
                lambda world: PlayingScene(self.context, world),
            )
        )

    def _back(self) -> None:
        self.context.stack.pop(self)
