"""The game in a world of an older module, on a server of SpacetimeDB 1.2 and on one of 2.8."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from older_blackholio import older

from game.world.intent import Intent
from game.world.session import Session, SessionState
from game.world.settings import PlaySettings
from spacetimedb_sdk.standalone import Server

PATIENCE = 20.0


@pytest.fixture(params=["1.2", "2.8"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    version: Literal["1.2", "2.8"] = request.param
    with Server(older, database="blackholio", compatibility=version) as server:
        yield server


def until(holds: Callable[[], bool], *sessions: Session) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, [session.state for session in sessions]
        for session in sessions:
            session.update(time.monotonic(), wait=0.01)


def joined(server: Server, name: str) -> Session:
    session = Session(PlaySettings(server=server.host, name=name, on_token=lambda token: None))
    session.open()
    until(lambda: session.state is SessionState.PLAYING, session)
    return session


def test_a_life_in_an_older_world(server: Server) -> None:
    ann = joined(server, "Ann")
    try:
        world = ann.world
        assert ann.known_name == "Ann"
        assert world.size == 1000.0
        assert world.own_mass() == 15
        assert len(world.food) == 20
        (track,) = world.own.values()
        ann.send(Intent(direction=(0.0, 1.0)), time.monotonic())
        until(lambda: track.y > 600.0, ann)
        ann.send(Intent(split=True), time.monotonic())
        until(lambda: len(world.own) == 2, ann)
        ann.send(Intent(suicide=True), time.monotonic())
        until(lambda: ann.state is SessionState.DEAD, ann)
        ann.send(Intent(respawn=True), time.monotonic())
        until(lambda: ann.state is SessionState.PLAYING, ann)
        assert ann.stats[2] == 0
    finally:
        ann.close()


def test_who_ate_whom_is_told_without_the_event_table(server: Server) -> None:
    ann = joined(server, "Ann")
    bo = joined(server, "Bo")
    try:
        until(lambda: ann.state is SessionState.DEAD, ann, bo)
        assert ann.world.death is not None
        assert ann.world.names[ann.world.death.eater or 0] == "Bo"
        until(lambda: bo.world.meals == 1, ann, bo)
        assert bo.world.own_mass() == 60
        ann.send(Intent(), time.monotonic())
        ann.watch()
        assert ann.state is SessionState.WATCHING
    finally:
        ann.close()
        bo.close()
