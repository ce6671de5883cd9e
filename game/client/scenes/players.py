"""Players of a world that one hosts: remove one of them, let one in again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread

from game.language import N_, Verbatim, current, gettext
from game.match.bounds import shown_name
from game.match.launcher_ports import OwnerPort, Removed
from game.match.world import World
from game.presentation.leaderboard import nameless
from module_bindings import Player
from spacetimedb_sdk import Identity

from ..app_context import AppContext
from ..ui.form import Form, Row
from ..ui.text import grouped
from ..ui.widgets import Button, Caption
from .menu import MenuScene

__all__ = ["PlayersScene"]

_FOR_A_WHILE = 10
_NO = N_("No")


class PlayersScene(MenuScene):
    """A line for each player but oneself; who is chosen is asked about before anything happens.

    What the server is asked takes a moment, on a thread of its own: the game goes on meanwhile.
    """

    is_overlay = True
    title = N_("Players")
    title_size = 64
    hint = N_("Who is removed is told so, and cannot come back with the same sign-in")

    def __init__(self, context: AppContext, world: World, owner: OwnerPort) -> None:
        self._world = world
        self._owner = owner
        self._removed: tuple[Removed, ...] = ()
        self._asked: Player | None = None
        self._question_for: Identity | None = None
        self._shown: object = None
        self._buttons: dict[int, Button] = {}
        self._answers: SimpleQueue[tuple[str, tuple[Removed, ...] | None]] = SimpleQueue()
        super().__init__(
            context, Form(self._rows(), on_back=self._back, above=160.0, width=560.0, compact=True)
        )
        self._ask("", lambda: None)

    def update(self, now: float, elapsed: float) -> None:
        super().update(now, elapsed)
        self._take_answers()
        players = self._players()
        if self._asked is not None and self._asked.identity not in {each.identity for each in players}:
            self._asked = None
        if self._state(players) != self._shown:
            was_asked = self._question_for
            self.form.replace_rows(self._rows())
            # A key that is pressed twice removes nobody.
            is_new = self._asked is not None and self._asked.identity != was_asked
            self._question_for = None if self._asked is None else self._asked.identity
            focus = self.form.widget(_NO) if is_new else self.form.focused
            self.form.focus(focus, self.context.window)
        for player in players:
            if player.player_id in self._buttons:
                self._buttons[player.player_id].value = self._mass_of(player)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def _players(self) -> list[Player]:
        """In an order that does not change under a hand that is about to choose."""
        others = [each for each in self._world.db.player.iter() if each.identity != self._world.identity]
        return sorted(others, key=lambda player: (not player.name, player.name.casefold(), player.player_id))

    def _state(self, players: list[Player]) -> object:
        return [(each.player_id, each.name) for each in players], self._removed, self._asked, current()

    def _rows(self) -> list[Row]:
        players = self._players()
        self._shown = self._state(players)
        self._buttons = {}
        if self._asked is not None:
            return self._question(self._asked)
        names = Counter(shown_name(player.name) for player in players)
        for player in players:
            name = shown_name(player.name) or nameless()
            # The focus goes by the words on a button: there are no two alike.
            label = name if names[shown_name(player.name)] == 1 else f"{name} #{player.player_id}"
            self._buttons[player.player_id] = Button(
                Verbatim(label), partial(self._choose, player), value=self._mass_of(player)
            )
        rows: list[Row] = [Caption(N_("Who is to leave?") if players else N_("You are alone here"))]
        rows += self._buttons.values()
        if self._removed:
            rows.append(Caption("Removed: let one in again"))
            rows += [
                Button(
                    Verbatim(f"{number}. {shown_name(each.name) or nameless()}"),
                    partial(self._let_in, each),
                    value=_left(each),
                )
                for number, each in enumerate(self._removed, start=1)
            ]
        rows.append(Button("Back", self._back))
        return rows

    def _question(self, player: Player) -> list[Row]:
        return [
            Caption(Verbatim(gettext("Remove {name}?").format(name=shown_name(player.name) or nameless()))),
            Button("For ten minutes", partial(self._remove, player, _FOR_A_WHILE)),
            Button("Until the world closes", partial(self._remove, player, None)),
            Button(_NO, self._back, is_main=True),
        ]

    def _mass_of(self, player: Player) -> str:
        mass = sum(
            circle.mass for circle in self._world.circles.values() if circle.player_id == player.player_id
        )
        return Verbatim(gettext("mass {mass}").format(mass=grouped(mass)) if mass else gettext("looks on"))

    # -- what is done --------------------------------------------------------------------------------------------------

    def _choose(self, player: Player) -> None:
        self._asked = player

    def _remove(self, player: Player, minutes: int | None) -> None:
        self._asked = None
        name = shown_name(player.name)
        self._ask(
            gettext("{name} was removed").format(name=name or nameless()),
            partial(self._owner.remove, player.identity, name, minutes),
        )

    def _let_in(self, removed: Removed) -> None:
        self._ask(
            gettext("{name} may come in again").format(name=shown_name(removed.name) or nameless()),
            partial(self._owner.let_in, removed.identity),
        )

    def _ask(self, done: str, work: Callable[[], None]) -> None:
        """Have the server do it; then `done` is said, or what went wrong."""
        owner, answers = self._owner, self._answers

        def run() -> None:
            try:
                work()
                answers.put((done, tuple(owner.removed())))
            except Exception as error:  # noqa: BLE001 - handed to the thread that draws, which tells it to the player
                answers.put((str(error), None))

        Thread(target=run, name="asking the server", daemon=True).start()

    def _take_answers(self) -> None:
        while True:
            try:
                sentence, removed = self._answers.get_nowait()
            except Empty:
                return
            if sentence:
                self.context.notify(sentence)
            if removed is not None:
                self._removed = removed

    def _back(self) -> None:
        if self._asked is not None:
            self._asked = None
        else:
            super()._back()


def _left(removed: Removed) -> str:
    if removed.seconds_left is None:
        return ""
    return Verbatim(gettext("{minutes} min yet").format(minutes=math.ceil(removed.seconds_left / 60)))
