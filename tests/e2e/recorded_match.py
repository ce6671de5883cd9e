"""A match that is being recorded: how to know from without that it has been played, however fast the machine is."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from contextlib import suppress
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING

import module_bindings
from module_bindings import Circle, DbVector2, Entity
from spacetimedb_sdk import Identity
from spacetimedb_sdk.testing import Replay
from tests.e2e.conftest import PATIENCE
from tests.plugins.waiting import until

if TYPE_CHECKING:
    from tests.e2e.conftest import Program

__all__ = ["DISTANCE", "MASS", "until_played"]

# How far each has come by its own account when it has played, in world units, and how heavy who records it has been.
DISTANCE, MASS = 60.0, 21


def until_played(match: Path, program: Program, *, players: int = 6, ticks: int = 0) -> None:
    """Until in the world that `program` records to `match` so many have played, for so many ticks, or it has ended.

    However long the bots take to start, and all of them to play: each has seen itself go twice as far as it must, and who
    records it has seen itself grow.
    """
    until(
        lambda: program.process.poll() is not None or _has_been_played(match, players, ticks),
        lambda: _rest(program),
        seconds=PATIENCE,
    )


class _Track:
    """A player as the recorded world shows it: how far its circle has come, how heavy it has been, and what both were when
    it turned: then its program was awake, and knew of all but what it has seen since.
    """

    def __init__(self) -> None:
        self.distance, self.heaviest = 0.0, 0
        self.turns: list[tuple[float, int]] = []
        self._last: tuple[int, DbVector2, DbVector2] | None = None

    def note(self, circle: Circle, entity: Entity) -> None:
        now, last = (circle.entity_id, circle.direction, entity.position), self._last
        self._last = now
        self.heaviest = max(self.heaviest, entity.mass)
        if last is None or last[0] != now[0]:
            return
        self.distance += hypot(now[2].x - last[2].x, now[2].y - last[2].y)
        if now[1] != last[1]:
            self.turns.append((self.distance, self.heaviest))

    @property
    def seen(self) -> tuple[float, int]:
        """Its distance and its mass as of the turn before the last one."""
        return self.turns[-2] if len(self.turns) > 1 else (0.0, 0)


def _has_been_played(match: Path, players: int, ticks: int) -> bool:
    try:
        replay = Replay(match)
    except (OSError, ValueError):  # it has not begun
        return False
    tracks: defaultdict[Identity, _Track] = defaultdict(_Track)
    with replay.connect_client(module_bindings) as client:
        db = client.db
        while replay.step(client):
            identities = {player.player_id: player.identity for player in db.player.iter() if player.name}
            for circle in db.circle.iter():
                entity = db.entity.find(entity_id=circle.entity_id)
                if entity is not None and circle.player_id in identities:
                    tracks[identities[circle.player_id]].note(circle, entity)
        mine = client.identity
    return (
        len(tracks) == players
        and len(replay.received) >= ticks
        and all(track.seen[0] >= 2 * DISTANCE for track in tracks.values())
        and any(identity == mine and track.seen[1] >= MASS for identity, track in tracks.items())
    )


def _rest(program: Program) -> None:
    """Leave the machine to the program for a second, or till it ends."""
    with suppress(subprocess.TimeoutExpired):
        program.process.wait(1.0)
