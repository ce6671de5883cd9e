"""Leaderboard: who is heaviest, the first ten and you."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..language import gettext
from ..match.shown import ShownCircle, mass_by_player

__all__ = ["LEADERBOARD_SIZE", "LeaderboardRow", "leaderboard", "nameless"]

# As in the official clients.
LEADERBOARD_SIZE = 10


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One line: `rank` counts from 1, `mass` is the sum over the player's circles."""

    rank: int
    player_id: int
    name: str
    mass: int
    is_own: bool


def leaderboard(
    circles: Iterable[ShownCircle], names: Mapping[int, str], own_player_id: int | None
) -> tuple[LeaderboardRow, ...]:
    """The ten heaviest players, and the own row below them where it is not among them.

    Players without a circle are not listed. Equal masses are ordered by player id, so that rows do not flicker.
    """
    masses = mass_by_player(circles)
    order = sorted(masses, key=lambda player_id: (-masses[player_id], player_id))
    rows = [
        LeaderboardRow(
            rank, player_id, names.get(player_id) or nameless(), masses[player_id], player_id == own_player_id
        )
        for rank, player_id in enumerate(order, start=1)
    ]
    return tuple(row for row in rows if row.rank <= LEADERBOARD_SIZE or row.is_own)


def nameless() -> str:
    """What is written where a player has no name."""
    return gettext("<no name>")
