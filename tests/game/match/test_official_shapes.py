"""The game in worlds of modules shaped as the official ones, old and new, over every protocol that a server has for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest

from game.match.intent import Intent
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from spacetimedb_sdk import ConnectError
from spacetimedb_sdk.module import Module
from spacetimedb_sdk.standalone import Server
from tests.game.match.newer_blackholio import newer
from tests.game.match.older_blackholio import older
from tests.plugins.waiting import until


@dataclass(frozen=True)
class Kind:
    """A module, on a server of which version, spoken to by which protocol (None: what the game would choose)."""

    module: Module
    version: Literal["1.2", "2.8"]
    protocol: str | None = None

    def __str__(self) -> str:
        return f"{self.module.name}-on-{self.version}-{self.protocol or 'unasked'}"


@dataclass(frozen=True)
class World:
    server: Server
    protocol: str | None
    tokens: list[str] = field(default_factory=list)

    def session(self, name: str, *, token: str | None = None) -> Session:
        """A session that is being opened."""
        session = Session(
            PlaySettings(
                server=self.server.host,
                name=name,
                token=token,
                on_token=self.tokens.append,
                connect_options={} if self.protocol is None else {"protocol": self.protocol},
            )
        )
        session.open()
        return session


OLDER = [Kind(older, "1.2"), Kind(older, "1.2", "v1.json"), Kind(older, "2.8")]
# Unasked, a server of 2.8 and the game choose v3.
NEWER = [Kind(newer, "2.8", protocol) for protocol in ("v1", "v2", None)]


@pytest.fixture(params=OLDER + NEWER, ids=str)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    kind: Kind = request.param
    with Server(kind.module, database="blackholio", compatibility=kind.version) as server:
        yield World(server, kind.protocol)


def joined(world: World, name: str) -> Session:
    session = world.session(name)
    until(lambda: session.state is SessionState.PLAYING, session)
    return session


def test_a_life(world: World) -> None:
    ann = joined(world, "Ann")
    try:
        seen = ann.world
        assert ann.known_name == "Ann"
        assert seen.size == 1000.0
        assert seen.own_mass() == 15
        assert len(seen.food) == 20
        (track,) = seen.own.values()
        ann.send(Intent(direction=(0.0, 1.0)), time.monotonic())
        until(lambda: track.y > 600.0, ann)
        ann.send(Intent(split=True), time.monotonic())
        until(lambda: len(seen.own) == 2, ann)
        ann.send(Intent(suicide=True), time.monotonic())
        until(lambda: ann.state is SessionState.DEAD, ann)
        ann.send(Intent(respawn=True), time.monotonic())
        until(lambda: ann.state is SessionState.PLAYING, ann)
        assert ann.stats[2] == 0
    finally:
        ann.close()


def test_what_is_split_off_is_steered_by_a_key_that_is_held(world: World) -> None:
    ann = joined(world, "Ann")
    try:
        up = Intent(direction=(0.0, 1.0))

        def climbed() -> bool:
            ann.send(up, time.monotonic())
            return all(track.y > 600.0 for track in ann.world.own.values())

        (first,) = ann.world.own.values()
        ann.send(up, time.monotonic())
        until(lambda: first.y > 520.0, ann)
        ann.send(Intent(direction=up.direction, split=True), time.monotonic())
        until(lambda: len(ann.world.own) == 2, ann)
        until(climbed, ann)
    finally:
        ann.close()


def test_who_ate_whom_is_told_with_the_event_table_and_without(world: World) -> None:
    ann = joined(world, "Ann")
    bo = joined(world, "Bo")
    try:
        until(lambda: ann.state is SessionState.DEAD, ann, bo)
        assert ann.world.death is not None
        assert ann.world.names[ann.world.death.eater or 0] == "Bo"
        until(lambda: bo.world.account.meals == 1, ann, bo)
        assert bo.world.own_mass() == 60
        ann.send(Intent(), time.monotonic())
        ann.watch()
        assert ann.state is SessionState.WATCHING
    finally:
        ann.close()
        bo.close()


@pytest.mark.parametrize("world", NEWER, indirect=True, ids=str)
def test_who_is_in_already_is_told_so_and_plays_on(world: World) -> None:
    ann = joined(world, "Ann")
    try:
        again = world.session("Ann", token=world.tokens[0])
        with pytest.raises(ConnectError, match="connect reducer may have refused"):
            until(lambda: again.state is SessionState.PLAYING, ann, again)
        again.close()
        (track,) = ann.world.own.values()
        ann.send(Intent(direction=(0.0, 1.0)), time.monotonic())
        until(lambda: track.y > 600.0, ann)
        assert ann.state is SessionState.PLAYING
    finally:
        ann.close()
