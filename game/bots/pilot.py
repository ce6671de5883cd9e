"""Pilot: one player's seat, from looks to calls; it knows no connection, so that it plays over a socket and in lock step alike."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import hypot
from typing import Protocol

from game.bots.names import free_name
from game.bots.report import Diary
from game.match.intent import Intent
from game.match.observation import Observation
from module_bindings import DbVector2, Player

__all__ = ["Brain", "Calls", "Pilot"]

Brain = Callable[[Observation], Intent]

# A turn of less than five degrees is not worth a call.
_NOTICEABLE = 0.08
# The last wish is repeated now and then: a call may have been lost with a connection.
_REPEAT_AFTER = 10
# Looks between a death and the next life, so that who ate it sees it gone.
_RESPAWN_LOOKS = 8


class Calls(Protocol):
    """The reducers that a player calls: `module_bindings.Reducers(client)`, for one."""

    def enter_game(self, name: str) -> object: ...

    def respawn(self) -> object: ...

    def suicide(self) -> object: ...

    def update_player_input(self, direction: DbVector2) -> object: ...

    def player_split(self) -> object: ...

    def eject_mass(self) -> object: ...


class Pilot:
    """Plays under `name`, or that with a number, where a player on the board has it; `brain` decides.

    `steered` is the direction that was called for last. With `steers` unset directions are only noted there.
    """

    def __init__(self, name: str, brain: Brain, calls: Calls, *, steers: bool = True) -> None:
        self.name = name
        self.diary = Diary()
        self.mass = 0
        self.steered = (0.0, 0.0)
        self._wanted = name
        self._brain = brain
        self._calls = calls
        self._steers = steers
        self._circles: tuple[int, ...] = ()
        self._looks_since_input = 0
        # The first life begins at once.
        self._looks_dead = _RESPAWN_LOOKS

    def look(self, player: Player, observation: Observation, names: Callable[[], Collection[str]]) -> None:
        """Take in a look and act upon it; `names` are those of the others on the board, asked for when one is needed.

        What the brain raises is raised.
        """
        self.diary.note(observation)
        self.mass = sum(blob.mass for blob in observation.me)
        intent = self._brain(observation)
        if not observation.me:
            self._come_to_life(player, intent, names)
            return
        self._looks_dead = 0
        if intent.suicide:
            self.diary.give_up()
            self._calls.suicide()
            return
        self._steer(intent.direction, tuple(blob.entity_id for blob in observation.me))
        if intent.split:
            self._calls.player_split()
        if intent.eject:
            self._calls.eject_mass()

    def _come_to_life(self, player: Player, intent: Intent, names: Callable[[], Collection[str]]) -> None:
        self._looks_dead += 1
        if not intent.respawn or self._looks_dead < _RESPAWN_LOOKS:
            return
        self._looks_dead = 0
        taken = names()
        if player.name and player.name == self.name and player.name not in taken:
            self._calls.respawn()
        else:
            # The first life, a world that began anew and knows no player, or a name that two chose at once.
            self.name = free_name(self._wanted, taken)
            self._calls.enter_game(self.name)

    def _steer(self, direction: tuple[float, float], circles: tuple[int, ...]) -> None:
        """Call for the direction where it differs noticeably from the last one, or circles came or went."""
        x, y = direction
        self._looks_since_input += 1
        turned = hypot(x - self.steered[0], y - self.steered[1]) > _NOTICEABLE
        if turned or circles != self._circles or self._looks_since_input >= _REPEAT_AFTER:
            self.steered = direction
            self._circles = circles
            self._looks_since_input = 0
            if self._steers:
                self._calls.update_player_input(DbVector2(x, y))
