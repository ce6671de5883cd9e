"""The server is pulled away in the middle of a game and comes back: over real sockets, at the same port."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from game.match.intent import Intent
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from game.rules import module
from spacetimedb_sdk import ConnectionLost
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import BadNetwork
from tests.places import ROOT
from tests.plugins.ports import held_port
from tests.plugins.waiting import until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module, database="blackholio", seed=6) as server:
        yield server


@pytest.fixture
def network(server: Server) -> Iterator[BadNetwork]:
    with BadNetwork(server.host) as network:
        yield network


def opened(server: str, **settings: Any) -> Session:
    options = {"name": "Ada", **settings}
    session = Session(PlaySettings(server=server, on_token=lambda token: None, **options))
    session.open()
    return session


@pytest.fixture
def session(network: BadNetwork) -> Iterator[Session]:
    session = opened(network.host)
    yield session
    session.close()


def is_in(session: Session, state: SessionState) -> Callable[[], bool]:
    return lambda: session.state is state


def melting() -> Callable[[], int]:
    """From now on: how much a small circle may have lost. A hundredth, or 1, at the end of each five seconds of the world's
    time, which goes no faster than this one's."""
    began = time.monotonic()
    return lambda: 1 + int((time.monotonic() - began) / 5.0)


def pull(network: BadNetwork, session: Session) -> None:
    network.refuses = True
    network.cut()
    until(is_in(session, SessionState.RECONNECTING), session)


def test_the_same_player_in_the_same_place_with_the_same_mass(
    server: Server, network: BadNetwork, session: Session
) -> None:
    until(is_in(session, SessionState.PLAYING), session)
    until(lambda: len(session.world.food) > 100, session)
    before, mass = (session.player_id, set(session.world.own)), session.world.own_mass()
    melted = melting()
    (place,) = ((track.x, track.y) for track in session.world.own.values())
    pull(network, session)
    assert session.lost_at is not None
    session.send(Intent(direction=(1.0, 0.0), split=True), time.monotonic())
    until(lambda: time.monotonic() - (session.lost_at or 0.0) > 0.5, session)
    network.heal()
    until(is_in(session, SessionState.PLAYING), session)
    assert (session.player_id, set(session.world.own)) == before
    # Food may grow where it lies.
    assert mass - melted() <= session.world.own_mass() < 2 * mass
    (again,) = ((track.x, track.y) for track in session.world.own.values())
    assert again == pytest.approx(place, abs=1.0)
    assert session.world.account.deaths == 0
    assert session.lost_at is None
    (track,) = session.world.own.values()
    side = 1.0 if track.x < 500 else -1.0
    session.send(Intent(direction=(side, 0.0)), time.monotonic())
    until(lambda: (track.x - again[0]) * side > 10.0, session)


def test_each_row_is_told_once_after_a_loss(server: Server, network: BadNetwork, session: Session) -> None:
    told: list[str] = []
    session.world.db.player.on_insert(lambda row, event: told.append(f"insert {row.name}"))
    session.world.db.player.on_update(lambda old, new, event: told.append(f"update {new.name}"))
    session.world.db.player.on_delete(lambda row, event: told.append(f"delete {row.name}"))
    until(is_in(session, SessionState.PLAYING), session)
    for _ in range(2):
        pull(network, session)
        network.heal()
        until(is_in(session, SessionState.PLAYING), session)
    told.clear()
    newcomer = opened(server.host, name="Bo")
    until(is_in(newcomer, SessionState.PLAYING), newcomer)
    until(lambda: "update Bo" in told, session)
    newcomer.close()
    assert told == ["insert ", "update Bo"]


def test_what_vanished_meanwhile_does_not_fly_away_now(
    server: Server, network: BadNetwork, session: Session
) -> None:
    other = opened(server.host, name="Bo")
    until(is_in(other, SessionState.PLAYING), other)
    (circle,) = other.world.own
    until(lambda: session.state is SessionState.PLAYING and circle in session.world.circles, session)
    pull(network, session)
    other.send(Intent(suicide=True), time.monotonic())
    until(is_in(other, SessionState.DEAD), other)
    other.close()
    network.heal()
    until(is_in(session, SessionState.PLAYING), session)
    assert circle not in session.world.circles
    assert [flight for flight in session.world.flights if flight.entity_id == circle] == []


def test_a_watcher_goes_on_watching(network: BadNetwork) -> None:
    session = opened(network.host, name=None, watch=True)
    until(is_in(session, SessionState.WATCHING), session)
    pull(network, session)
    network.heal()
    until(is_in(session, SessionState.WATCHING), session)
    assert not session.world.own
    session.close()


def test_a_loss_on_the_death_screen_leads_back_to_it(network: BadNetwork, session: Session) -> None:
    until(is_in(session, SessionState.PLAYING), session)
    session.send(Intent(suicide=True), time.monotonic())
    until(is_in(session, SessionState.DEAD), session)
    pull(network, session)
    network.heal()
    until(is_in(session, SessionState.DEAD), session)
    session.send(Intent(respawn=True), time.monotonic())
    until(is_in(session, SessionState.PLAYING), session)


class ServerProcess:
    """The embedded server as a process that can be killed, at a port of its own."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        arguments = [
            "-m", "spacetimedb_sdk", "start", "--module", "game.rules", "--database", "blackholio",
            "--listen", f"127.0.0.1:{port}", "--data-dir", str(folder),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self.process.stdout is not None
        self.host = self.process.stdout.readline().split()[1].removeprefix("http://")
        self.port = int(self.host.rpartition(":")[2])

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def to_the_nearest_food(session: Session) -> None:
    """Aim anew, and go slower when it is near: at full speed a small circle goes further in a tick than it is wide."""
    entities = session.world.entities
    (own,) = session.world.own
    start = entities[own].position
    ways = (
        (place.x - start.x, place.y - start.y)
        for place in (entities[food.entity_id].position for food in session.world.db.food.iter())
    )
    x, y = min(ways, key=lambda way: math.hypot(*way))
    session.send(Intent(direction=(x / 20.0, y / 20.0)), time.monotonic())


def test_a_killed_server_with_a_data_folder_gives_the_player_back(tmp_path: Path) -> None:
    first = ServerProcess(tmp_path)
    session = opened(first.host, name="Grace")
    try:
        until(is_in(session, SessionState.PLAYING), session)
        # A new world grows its food bit by bit.
        until(lambda: sum(1 for _ in session.world.db.food.iter()) > 100, session)
        (track,) = session.world.own.values()
        until(lambda: session.world.own_mass() > 15, lambda: to_the_nearest_food(session), session)
        session.send(Intent(), time.monotonic() + 1.0)
        world, stopped = session.world, session.world.now
        # One that came beside food has not moved at all.
        until(lambda: world.now - (world.places.moved_at(track.entity_id) or stopped) > 0.3, session)
    finally:
        first.kill()
    with held_port(first.port):
        until(is_in(session, SessionState.RECONNECTING), session)
        before, mass = (session.player_id, set(session.world.own)), session.world.own_mass()
        melted = melting()
        second = ServerProcess(tmp_path, first.port)
    try:
        until(is_in(session, SessionState.PLAYING), session)
        assert (session.player_id, set(session.world.own)) == before
        assert mass - melted() <= session.world.own_mass() < 2 * mass  # food may have grown where it rests
        assert session.world.account.deaths == 0
    finally:
        session.close()
        second.kill()


def test_a_server_that_begins_a_new_world_is_entered_under_the_same_name(tmp_path: Path) -> None:
    with Server(module, database="blackholio", seed=7, data_dir=tmp_path) as first:
        session = opened(first.host, name="Grace")
        until(is_in(session, SessionState.PLAYING), session)
        port = first.running.port
    with ExitStack() as stack:
        with held_port(port):
            until(is_in(session, SessionState.RECONNECTING), session)
            for kept in tmp_path.glob("*.sqlite*"):
                kept.unlink()
            listen = ("127.0.0.1", port)
            stack.enter_context(
                Server(module, database="blackholio", seed=8, data_dir=tmp_path, listen=listen)
            )
        until(is_in(session, SessionState.PLAYING), session)
        assert session.known_name == "Grace"
        session.close()


def test_without_reconnecting_a_loss_is_the_end(network: BadNetwork) -> None:
    session = opened(network.host, headless=True)
    until(is_in(session, SessionState.PLAYING), session)
    network.cut()
    until(is_in(session, SessionState.LOST), session)
    session.send(Intent(split=True), time.monotonic())
    with pytest.raises(ConnectionLost):
        session.raise_if_lost()
    session.close()


def test_silence_is_noticed_before_the_connection_is_given_up(network: BadNetwork, session: Session) -> None:
    until(is_in(session, SessionState.PLAYING), session)
    until(lambda: session.silent_for(time.monotonic()) < 0.5, session)
    network.loses = True
    until(lambda: session.silent_for(time.monotonic()) > 0.6, session)
    assert session.state is SessionState.PLAYING
    network.heal()
