"""Host console: commands that are typed at the terminal of a host. Who plays, remove a player, let one in again, the end."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from game.launcher.errors import LauncherError, sentence
from game.launcher.hosting.host_monitor import HostedPlayer
from game.match.launcher_ports import OwnerPort, Removed
from spacetimedb_sdk import SpacetimeDBException

__all__ = ["HELP", "HostConsole"]

# What players know from the dedicated servers of other games works, too.
_WORDS = {
    "players": ("list", "who", "ls"),
    "remove": ("kick", "ban"),
    "removed": ("banlist", "bans"),
    "allow": ("unban", "pardon"),
    "quit": ("stop", "exit", "q"),
    "help": ("?", "h"),
}
_COMMANDS = {word: command for command, others in _WORDS.items() for word in (command, *others)}
HELP = (
    "players                       who is here, with numbers",
    "remove NAME or #NUMBER        out with a player, until the host ends",
    "remove NAME for MINUTES       the same for a while",
    "removed                       who was removed",
    "allow NAME or #NUMBER         let one of them in again",
    "quit                          close the world",
)
_FOR_MINUTES = re.compile(r"(.+?)\s+for\s+(\d{1,6})(?:\s*(?:m|min|minutes?))?\s*\Z", re.IGNORECASE)
_NUMBER = re.compile(r"#\s*(\d{1,6})\Z")

T = TypeVar("T")


class HostConsole:
    """Answers commands, line by line. `players` tells who is here; `has_quit` is set by the command that ends the world."""

    def __init__(self, owner: OwnerPort, players: Callable[[], Sequence[HostedPlayer]]) -> None:
        self._owner = owner
        self._players = players
        # What a number stands for: as it was listed last, whoever has come or gone since.
        self._listed: Sequence[HostedPlayer] = ()
        self._listed_removed: Sequence[Removed] = ()
        self.has_quit = False

    def answer(self, line: str) -> tuple[str, ...]:
        """What a line of input is answered with. Never fails: what goes wrong is the answer."""
        word, _, rest = line.strip().partition(" ")
        if not word:
            return ()
        command = _COMMANDS.get(word.lower().removeprefix("/"))
        try:
            match command:
                case "players":
                    return self._list()
                case "remove":
                    return (self._remove(rest.strip()),)
                case "removed":
                    return self._list_removed()
                case "allow":
                    return (self._allow(rest.strip()),)
                case "quit":
                    self.has_quit = True
                    return ("closing the world",)
                case "help":
                    return HELP
                case _:
                    return (f"there is no command {word!r}: help lists those there are",)
        except (SpacetimeDBException, LauncherError) as error:
            return (sentence(error) if isinstance(error, SpacetimeDBException) else str(error),)

    def _list(self) -> tuple[str, ...]:
        self._listed = tuple(self._players())
        if not self._listed:
            return ("no players are here",)
        return tuple(
            f"#{number:<3} {player.shown_name:24} "
            + (f"mass {player.mass:6} in {player.circles}" if player.circles else "looks on")
            for number, player in enumerate(self._listed, start=1)
        )

    def _remove(self, words: str) -> str:
        if not words:
            return "whom? remove NAME, or remove #NUMBER of the list that players shows"
        minutes = None
        try:
            player = self._player(words)
        except LauncherError:
            timed = _FOR_MINUTES.match(words)
            if timed is None:
                raise
            minutes = max(int(timed[2]), 1)
            player = self._player(timed[1])
        self._owner.remove(player.identity, player.name, minutes)
        until = "until this host ends" if minutes is None else f"for {minutes} min"
        return f"{player.shown_name} was removed, {until}; allow {player.shown_name} lets them in again"

    def _player(self, words: str) -> HostedPlayer:
        """LauncherError where it is not one player."""
        number = _NUMBER.match(words)
        if number is not None:
            return _numbered(self._listed, int(number[1]), "players")
        here = tuple(self._players())
        found = [player for player in here if player.name == words] or [
            player for player in here if player.shown_name.casefold() == words.casefold()
        ]
        return _one(found, words, "players")

    def _list_removed(self) -> tuple[str, ...]:
        self._listed_removed = tuple(self._owner.removed())
        if not self._listed_removed:
            return ("none is removed",)
        return tuple(
            f"#{number:<3} {_name_of(each):24} "
            + (
                "until this host ends"
                if each.seconds_left is None
                else f"for {math.ceil(each.seconds_left / 60)} min yet"
            )
            for number, each in enumerate(self._listed_removed, start=1)
        )

    def _allow(self, words: str) -> str:
        number = _NUMBER.match(words)
        if number is not None:
            one = _numbered(self._listed_removed, int(number[1]), "removed")
        else:
            found = [each for each in self._owner.removed() if _name_of(each).casefold() == words.casefold()]
            one = _one(found, words, "removed")
        self._owner.let_in(one.identity)
        return f"{_name_of(one)} may come in again"


def _name_of(removed: Removed) -> str:
    return removed.name or "(no name)"


def _numbered(listed: Sequence[T], number: int, command: str) -> T:
    if not 1 <= number <= len(listed):
        raise LauncherError(f"#{number} is not in the list that {command} showed last")
    return listed[number - 1]


def _one(found: Sequence[T], words: str, command: str) -> T:
    if not found:
        raise LauncherError(f"{words!r} is none of them: {command} lists who is")
    if len(found) > 1:
        raise LauncherError(f"{len(found)} are called {words!r}: {command} lists them, take a #NUMBER")
    return found[0]
