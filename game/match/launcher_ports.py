"""Launcher ports: what scenes ask of the launcher, worlds to play in, and a place to keep settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from spacetimedb_sdk import Identity

from ..language import N_, gettext
from .replays.playback import Match
from .settings import PlaySettings, Preferences

__all__ = [
    "FIREWALL",
    "NearbyWorld",
    "NearbyWorlds",
    "OpenWorld",
    "OwnerPort",
    "PreferencesStore",
    "Recording",
    "Removed",
    "WorldPort",
    "invitation",
]

FIREWALL = N_("They cannot get in? Your firewall must let in TCP port {port}.")

# Lines of addresses that fit beside the game; the first is the likeliest.
_ADDRESSES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Removed:
    """A player whom the host has removed; `name` is empty where it is not known, `seconds_left` None until the world ends."""

    identity: Identity
    name: str
    seconds_left: float | None


class OwnerPort(Protocol):
    """What whoever hosts a world may do to its players. Each call may take a second, on a thread of its own.

    They raise an exception whose text is one sentence for the player.
    """

    def remove(self, identity: Identity, name: str, minutes: int | None = None) -> None:
        """Out with a player, who is told so, for so many minutes or until the world ends."""

    def let_in(self, identity: Identity) -> None:
        """A player who was removed may come again."""

    def removed(self) -> Sequence[Removed]:
        """Who may not come in at present."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWorld:
    """A world that can be played in.

    `addresses` are what to tell others who want to join, best first; empty where no one else can. `trouble` says in
    one sentence why the world has ended by itself, or None while it runs. `remember`: whether it belongs into the list
    of worlds that were joined. `owner` is there for who hosts it. `players_changed` is called with how many play, whenever that
    has changed. `keep_score` is given the largest mass that was reached, at the end. `hold` has the world stand still, or go on; it
    is None where others may be in it. `difficulty` is that of its bots, where it is known. `close` ends what was started for it, and may be called twice.
    """

    settings: PlaySettings
    title: str
    addresses: tuple[str, ...] = ()
    remember: bool = False
    owner: OwnerPort | None = None
    failure: Callable[[], str | None] = lambda: None
    players_changed: Callable[[int], None] = lambda count: None
    keep_score: Callable[[int], None] = lambda score: None
    hold: Callable[[bool], None] | None = None
    difficulty: str | None = None
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A match that was recorded: `at` is when it ended, in seconds since 1970, `length` in seconds.

    `length` and `score`, the largest mass, are None where the file does not tell them. `open` reads it, which may take a
    second; `delete` removes it for good. Both raise an exception whose text is one sentence for the player.
    """

    name: str
    at: float
    length: float | None
    score: int | None
    open: Callable[[], Match]
    delete: Callable[[], None]


@dataclass(frozen=True, slots=True)
class NearbyWorld:
    """A world that is announced on the local network: what others wrote of it, fit to be shown.

    `server` is `HOST:PORT`, `players` None where it is not told.
    """

    name: str
    server: str
    database: str
    rules: str
    players: int | None


class NearbyWorlds(Protocol):
    """Worlds on the local network, as they come and go. `notice` says in one sentence why none can be found, or is empty."""

    notice: str

    def worlds(self) -> Sequence[NearbyWorld]:
        """Those that can be joined now, in an order that does not change while they stay."""
        ...

    def close(self) -> None:
        """Look no more."""


class WorldPort(Protocol):
    """Opens worlds. Each call may take a second, and may be made on a thread of its own.

    They raise an exception whose text is one sentence for the player. `rule_sets` are what own worlds can be played by,
    the default first.
    """

    @property
    def rule_sets(self) -> tuple[str, ...]: ...

    def alone(
        self,
        name: str | None,
        *,
        watch: bool = False,
        bots: int | None = None,
        difficulty: str | None = None,
        rules: str | None = None,
    ) -> OpenWorld:
        """A world on this machine, with so many bots of a difficulty, for this player only."""
        ...

    def hosted(
        self,
        name: str | None,
        *,
        bots: int | None = None,
        difficulty: str | None = None,
        rules: str | None = None,
        announce: bool = True,
    ) -> OpenWorld:
        """A world on this machine that others on the network may join; with `announce` it is told to them."""
        ...

    def joined(self, server: str, database: str, name: str | None, *, watch: bool = False) -> OpenWorld:
        """A world that another machine hosts; `server` is `HOST[:PORT]` as a person writes it."""
        ...

    def nearby(self) -> NearbyWorlds:
        """Look for worlds on the local network, until that is closed. Returns at once."""
        ...

    def recordings(self) -> Sequence[Recording]:
        """The matches that are kept, the newest first."""
        ...


class PreferencesStore(Protocol):
    """Keeps preferences from game to game; `notice` is a sentence for the player, or empty."""

    @property
    def notice(self) -> str: ...

    def load(self) -> Preferences:
        """What is kept. Never fails."""
        ...

    def save(self, preferences: Preferences, changed: Collection[str]) -> None:
        """Keep the `changed` fields. Raises an exception whose text is one sentence."""


def invitation(world: OpenWorld) -> tuple[str, ...]:
    """What the players of a hosted world tell others, line by line; nothing where no one else can join."""
    if not world.addresses:
        return ()
    port = world.addresses[0].rpartition(":")[2]
    return (
        gettext("Others choose “Join a world” and write:"),
        *world.addresses[:_ADDRESSES_SHOWN],
        gettext(FIREWALL).format(port=port),
    )
