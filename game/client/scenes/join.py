"""Joining a world of another machine: one on the own network, one of the recent ones, or an address."""

from __future__ import annotations

from functools import partial

from game.language import N_, Verbatim, gettext, ngettext
from game.match.launcher_ports import NearbyWorld, WorldPort
from game.match.session import MAX_NAME_LENGTH
from game.presentation.rule_lines import rules_name

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
_LOOK_SECONDS = 0.5
# A whole message of a chat, with an address in it.
_LONGEST_ADDRESS = 500


class JoinScene(MenuScene):
    """Name, host, port and database, the worlds on the network as they come and go, and where one has been before; Join
    enters, Watch looks on.

    The name is asked for here, so that no world waits for it; it is remembered. The first field takes whatever names a
    world: an address, a URL, a message with one in it.
    """

    title = N_("Join a world")
    title_size = 64

    def __init__(self, context: AppContext, launcher: WorldPort) -> None:
        self._launcher = launcher
        self._nearby = launcher.nearby()
        self._found: tuple[NearbyWorld, ...] = ()
        self._notice = self._nearby.notice
        self._look_due = 0.0
        self._buttons: dict[tuple[str, str], Button] = {}
        recent = context.preferences.servers[:_SHOWN]
        self._recent_buttons = tuple(
            Button(
                Verbatim(each.server),
                partial(self._open, each.server, each.database),
                value=Verbatim(each.database),
            )
            for each in recent
        )
        host, port, database = "", _DEFAULT_PORT, _DEFAULT_DATABASE
        if recent:
            server = recent[0].server
            host, _, port = (server, "", "") if "://" in server else server.rpartition(":")
            database = recent[0].database
        self._name = TextField(
            "Name",
            context.preferences.name or "",
            longest=MAX_NAME_LENGTH,
            placeholder=N_("asked when you play"),
            on_done=self._join,
        )
        self._host = TextField(
            "Host",
            host,
            longest=_LONGEST_ADDRESS,
            placeholder=Verbatim("192.168.1.20"),
            on_done=self._join,
        )
        self._port = TextField("Port", port, longest=5, accepts=str.isdecimal, on_done=self._join)
        self._database = TextField("Database", database, longest=64, on_done=self._join)
        self._ways_in: tuple[Row, ...] = (
            self._name,
            self._host,
            self._port,
            self._database,
            (Button("Join", self._join, is_main=True), Button("Watch", self._watch)),
        )
        super().__init__(
            context, Form(self._rows(), on_back=self._back, above=150.0, width=560.0, compact=True)
        )
        self.form.focus(self._host, context.window)

    def close(self) -> None:
        self._nearby.close()

    def update(self, now: float, elapsed: float) -> None:
        super().update(now, elapsed)
        if now < self._look_due:
            return
        self._look_due = now + _LOOK_SECONDS
        found, notice = tuple(self._nearby.worlds()), self._nearby.notice
        if (found, notice) != (self._found, self._notice):
            self._found, self._notice = found, notice
            self.form.replace_rows(self._rows())
            self.form.focus(self.form.focused, self.context.window)

    def _rows(self) -> list[Row]:
        rows = [*self._ways_in, Caption("On your network")]
        # The same button for the same world: the focus stays with it, whatever a stranger calls another one.
        before, self._buttons = self._buttons, {}
        for world in self._found:
            at = world.server, world.database
            button = before.get(at) or Button(Verbatim(""), partial(self._open, *at))
            button.label, button.value = Verbatim(world.name), Verbatim(_details_of(world))
            self._buttons[at] = button
        rows += self._buttons.values()
        if not self._found:
            rows.append(Caption(Verbatim(self._notice) or N_("looking for worlds...")))
        if self._recent_buttons:
            rows.append(Caption("Where you have been"))
            rows += self._recent_buttons
        return [*rows, Button("Back", self._back)]

    def _join(self) -> None:
        self._open(self._address(), self._database.value.strip())

    def _watch(self) -> None:
        self._open(self._address(), self._database.value.strip(), watch=True)

    def _address(self) -> str:
        """The address as it is written: who pastes `host:port`, or more, into the first field means all of that."""
        host, port = self._host.value.strip(), self._port.value.strip() or _DEFAULT_PORT
        tail = host.rpartition("]")[2]
        whole = ":" in tail or "/" in tail or any(letter.isspace() for letter in host)
        return host if whole else f"{host}:{port}"

    def _open(self, server: str, database: str, *, watch: bool = False) -> None:
        if not self._host.value.strip() and server.startswith(":"):
            self.context.notify(gettext("Whose world? Write the address that the host tells you."))
            self.form.focus(self._host, self.context.window)
            return
        name = self._name.value.strip() or None
        self.context.remember_name(name or "")
        self.context.stack.push(
            OpeningScene(
                self.context,
                N_("Looking for the world..."),
                lambda: self._launcher.joined(server, database or _DEFAULT_DATABASE, name, watch=watch),
                lambda world: PlayingScene(self.context, world),
            )
        )


def _details_of(world: NearbyWorld) -> str:
    players = ""
    if world.players is not None:
        players = ngettext("{count} player", "{count} players", world.players).format(count=world.players)
    rules = gettext(rules_name(world.rules))
    return "   ·   ".join(each for each in (players, rules, world.server) if each)
