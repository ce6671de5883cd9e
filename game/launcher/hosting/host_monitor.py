"""Host monitor: what goes on in a hosted world, for the terminal it is hosted from."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import module_bindings
from game.launcher.files import write_atomically
from game.match.bounds import shown_name
from module_bindings import Tables
from spacetimedb_sdk import (
    AuthenticationError,
    Identity,
    SpacetimeDBClient,
    TransactionUpdateMessage,
)
from spacetimedb_sdk.system.plain_text import one_line

__all__ = ["HostMonitor", "HostedPlayer"]

_TICK = "move_all_players"
_NAMES_SHOWN = 8
_NAMELESS = "(no name)"


@dataclass(frozen=True, slots=True)
class HostedPlayer:
    """One who is connected; `circles` is 0 for who looks on, or has been eaten."""

    identity: Identity
    name: str
    mass: int
    circles: int

    @property
    def shown_name(self) -> str:
        """As it is listed: on one line, and not empty."""
        return one_line(shown_name(self.name)).strip() or _NAMELESS


class HostMonitor:
    """A client that plays nothing: it counts players, circles and ticks. `line` says them.

    It keeps its token at `token_file`, so that it is the same identity each time.
    """

    def __init__(self, address: str, database: str, token_file: Path) -> None:
        self._token_file = token_file
        self._ticks = 0
        self._counted_from: float | None = None
        # Only v1 tells whose reducer changed the rows, and so what a tick is.
        self._client = SpacetimeDBClient.init(
            self._token(),
            address,
            database,
            False,
            module_bindings,
            on_identity=lambda token, identity, address: self._keep(token),
            protocol="v1",
            reconnect=True,
        )
        self._tables = Tables(self._client)
        self._client.register_on_event(self._transaction)
        self._client.subscribe(["SELECT * FROM player", "SELECT * FROM circle", "SELECT * FROM entity"])

    def update(self, timeout: float) -> None:
        """Take in what has come, waiting for it at most `timeout` seconds.

        Raises:
            SpacetimeDBException: the world cannot be looked at.
        """
        try:
            self._client.update(timeout)
        except AuthenticationError:
            # The server has a key that is not the one of last time; who looks on has nothing to lose.
            self._token_file.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """End looking; twice is fine."""
        self._client.close()

    def players(self) -> tuple[str, ...]:
        """The names of all who play or have a name, in order. Who merely looks on has neither."""
        playing = {circle.player_id for circle in self._tables.circle.iter()}
        return tuple(
            sorted(
                player.name or _NAMELESS
                for player in self._tables.player.iter()
                if player.name or player.player_id in playing
            )
        )

    def roster(self) -> tuple[HostedPlayer, ...]:
        """All who are connected, those who look on included, the heaviest first."""
        mass: Counter[int] = Counter()
        circles: Counter[int] = Counter()
        entities = {entity.entity_id: entity.mass for entity in self._tables.entity.iter()}
        for circle in self._tables.circle.iter():
            mass[circle.player_id] += entities.get(circle.entity_id, 0)
            circles[circle.player_id] += 1
        others = (player for player in self._tables.player.iter() if player.identity != self._client.identity)
        listed = [
            HostedPlayer(player.identity, player.name, mass[player.player_id], circles[player.player_id])
            for player in others
        ]
        return tuple(sorted(listed, key=lambda player: (-player.mass, player.name)))

    def line(self, now: float | None = None) -> str:
        """One line about this moment; ticks are those since the line before, and stand still while nothing moves."""
        now = time.monotonic() if now is None else now
        seconds = 0.0 if self._counted_from is None else now - self._counted_from
        rate = self._ticks / seconds if seconds > 0.5 else 0.0
        self._ticks, self._counted_from = 0, now
        names = self.players()
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
        who = _counted(len(names), "player") + (f" ({shown})" if names else "")
        return f"{who}, {_counted(self._tables.circle.count(), 'circle')}, {rate:.1f} ticks/s"

    def _transaction(self, message: TransactionUpdateMessage) -> None:
        if message.reducer_name == _TICK:
            self._ticks += 1

    def _token(self) -> str | None:
        try:
            return self._token_file.read_text(encoding="utf-8").strip() or None
        except OSError:
            return None

    def _keep(self, token: str) -> None:
        if token != self._token():
            write_atomically(self._token_file, token)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
