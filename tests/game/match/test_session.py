"""A player's connection, against the embedded server over a real socket. The clock is passed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from math import cos, sin

import pytest

from game.match.intent import Intent
from game.match.session import EnterRefusedError, Session, SessionState
from game.match.settings import PlaySettings
from game.rules import module
from spacetimedb_sdk import AuthenticationError, ConnectError, DatabaseNotFoundError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.standalone import Server
from tests.plugins.waiting import until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module, database="blackholio", seed=5) as server:
        yield server


class Player:
    """A session that is updated until something holds."""

    def __init__(
        self,
        server: str,
        *,
        name: str | None,
        token: str | None = None,
        database: str = "blackholio",
        headless: bool = False,
    ) -> None:
        self.tokens: list[str] = []
        self.session = Session(
            PlaySettings(
                server=server,
                database=database,
                token=token,
                name=name,
                headless=headless,
                on_token=self.tokens.append,
            )
        )

    def __enter__(self) -> Player:
        self.session.open()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.session.close()

    def until(self, holds: Callable[[], bool]) -> None:
        until(holds, self.session)

    def play(self) -> None:
        self.until(lambda: self.session.state is SessionState.PLAYING)


def test_with_a_name_the_way_leads_into_the_arena(server: Server) -> None:
    with Player(server.host, name="Ada") as player:
        player.play()
        world = player.session.world
        assert player.session.known_name == "Ada"
        (track,) = world.own.values()
        assert 15 <= track.mass < 30  # it may have come upon a piece of food
        player.until(lambda: len(world.food) > 100)
        counts = world.row_counts()
        assert counts["entity"] == counts["circle"] + counts["food"]
        assert world.size == 1000.0
        assert len(player.tokens) == 1


def test_without_a_name_the_player_is_asked(server: Server) -> None:
    with Player(server.host, name=None) as player:
        player.until(lambda: player.session.state is SessionState.NAMING)
        assert not player.session.world.own
        player.session.enter("Grace", time.monotonic())
        player.play()
        assert player.session.known_name == "Grace"


def test_an_empty_name_is_a_name(server: Server) -> None:
    with Player(server.host, name="") as player:
        player.play()
        assert player.session.known_name == ""


def test_intents_move_the_own_circle(server: Server) -> None:
    with Player(server.host, name="Mover") as player:
        player.play()
        (track,) = player.session.world.own.values()
        target = 1.0 if track.x < 500 else -1.0
        start = track.x
        player.session.send(Intent(direction=(target, 0.0)), time.monotonic())
        player.until(lambda: abs(track.x - start) > 50.0)
        assert (track.x - start) * target > 0


def test_a_life_ends_by_choice_and_begins_again(server: Server) -> None:
    with Player(server.host, name="Phoenix") as player:
        player.play()
        session = player.session
        session.send(Intent(suicide=True), time.monotonic())
        player.until(lambda: session.state is SessionState.DEAD)
        assert session.world.death is not None
        assert session.world.death.eater is None
        session.send(Intent(respawn=True), time.monotonic())
        player.play()
        assert session.world.death is None
        assert 15 <= session.world.own_mass() < 30
        assert session.stats[2] == 0


def test_who_is_eaten_before_the_circle_is_seen_is_dead_and_may_try_again(server: Server) -> None:
    with Player(server.host, name="Mayfly") as player:
        player.play()
        session = player.session
        session.send(Intent(suicide=True), time.monotonic())
        player.until(lambda: session.state is SessionState.DEAD)
        http = HttpClient(f"http://{server.host}", player.tokens[0])
        session.send(Intent(respawn=True), time.monotonic())
        placed = f"SELECT * FROM circle WHERE player_id = {session.player_id}"
        until(lambda: http.sql("blackholio", placed)[0]["rows"])
        http.call("blackholio", "suicide")
        until(lambda: not http.sql("blackholio", placed)[0]["rows"])
        player.until(lambda: session.state is SessionState.DEAD)
        assert session.world.account.deaths == 2
        session.send(Intent(respawn=True), time.monotonic())
        player.play()


def test_directions_are_sent_at_most_20_times_a_second(server: Server) -> None:
    with Player(server.host, name="Nervous") as player:
        player.play()
        before = player.session.stats[1]
        for frame in range(144):
            turn = frame / 10
            player.session.send(Intent(direction=(cos(turn), sin(turn))), 1000.0 + frame / 144)
        assert 17 <= player.session.stats[1] - before <= 21


def test_a_split_goes_where_the_player_has_just_turned_to(server: Server) -> None:
    with Player(server.host, name="Quick") as player:
        player.play()
        player.session.send(Intent(direction=(1.0, 0.0)), 1000.0)
        before = player.session.stats[1]
        # Too soon for a direction alone.
        player.session.send(Intent(direction=(0.0, 1.0)), 1000.01)
        assert player.session.stats[1] == before
        player.session.send(Intent(direction=(0.0, 1.0), split=True), 1000.02)
        assert player.session.stats[1] == before + 2


def test_an_unchanged_direction_is_sent_once(server: Server) -> None:
    with Player(server.host, name="Steady") as player:
        player.play()
        before = player.session.stats[1]
        for frame in range(100):
            player.session.send(Intent(direction=(1.0, 0.0)), 1000.0 + frame / 10)
        assert player.session.stats[1] - before == 1


def test_who_comes_back_is_the_same_player_in_the_same_place(server: Server) -> None:
    with Player(server.host, name="Returner") as player:
        player.play()
        player_id, own = player.session.player_id, set(player.session.world.own)
        (token,) = player.tokens
    with Player(server.host, name=None, token=token) as player:
        player.play()
        assert player.session.player_id == player_id
        assert set(player.session.world.own) == own
        assert player.session.known_name == "Returner"


def test_a_name_that_the_world_refuses_ends_a_headless_game(server: Server) -> None:
    with (
        Player(server.host, name="x" * 500, headless=True) as player,
        pytest.raises(EnterRefusedError, match="--name"),
    ):
        player.play()


def test_a_typed_name_that_is_refused_may_be_changed(server: Server) -> None:
    with Player(server.host, name=None) as player:
        session = player.session
        player.until(lambda: session.state is SessionState.NAMING)
        session.enter("x" * 500, time.monotonic())
        player.until(lambda: session.state is SessionState.NAMING)
        assert session.notice
        session.enter("short", time.monotonic())
        player.play()


def test_nothing_listening_passes_through_as_its_typed_error() -> None:
    with Player("127.0.0.1:1", name="Ada") as player, pytest.raises(ConnectError):
        player.play()


def test_an_unknown_database_passes_through_as_its_typed_error(server: Server) -> None:
    with (
        Player(server.host, name="Ada", database="elsewhere") as player,
        pytest.raises(DatabaseNotFoundError),
    ):
        player.play()


def test_a_refused_token_passes_through_as_its_typed_error(server: Server) -> None:
    with Player(server.host, name="Ada", token="no.such.token") as player, pytest.raises(AuthenticationError):
        player.play()


def test_closing_is_no_loss_and_may_be_done_twice(server: Server) -> None:
    with Player(server.host, name="Leaver") as player:
        player.play()
        player.session.close()
        player.session.close()
        player.session.raise_if_lost()
        assert player.session.state is SessionState.PLAYING


def test_the_token_is_no_part_of_the_settings_repr() -> None:
    settings = PlaySettings(server="h:1", token="secret-token", on_token=lambda token: None)
    assert "secret-token" not in repr(settings)
