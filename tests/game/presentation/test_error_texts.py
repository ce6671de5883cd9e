"""Every failure of a connection has words of its own, which name what a player can check."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from game.match.session import Session
from game.match.settings import PlaySettings
from game.presentation.error_texts import Explanation, explain
from game.rules import module as rules
from spacetimedb_sdk import (
    AuthenticationError,
    ConnectCause,
    ConnectError,
    ConnectionLost,
    SchemaMismatchError,
    SpacetimeDBException,
)
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module, Row, column, i32
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import BadNetwork
from tests.plugins.waiting import PATIENCE, until

ADDRESS = "10.0.0.7:3000"

other = Module("other")


@other.table(public=True)
class Thing(Row):
    thing_id: i32 = column(primary_key=True)


def told_by_session(server: str, **settings: object) -> Explanation:
    """What a real session's failure is told as."""
    options = {"database": "blackholio", "connect_options": {"timeout": PATIENCE}, **settings}
    session = Session(PlaySettings(server=server, on_token=lambda token: None, **options))  # type: ignore[arg-type]
    session.open()
    with closing(session), pytest.raises(SpacetimeDBException) as failure:
        until(lambda: False, session, what="the session's failure")
    return explain(failure.value, server=server, database=str(options["database"]))


def test_a_wrong_port() -> None:
    told = told_by_session("127.0.0.1:1")
    assert told.headline == "Nobody is hosting there"
    assert "port 1" in told.means


def test_a_host_that_does_not_exist() -> None:
    told = told_by_session("no-such-host.invalid:3000")
    assert told.headline == "No such address"
    assert "no-such-host.invalid" in told.means


def test_a_firewall_is_told_with_the_port_to_let_in() -> None:
    with Server(rules, database="blackholio") as server, BadNetwork(server.host) as network:
        network.loses = True
        told = told_by_session(network.host, connect_options={"timeout": 0.3})
    assert told.headline == "No answer"
    assert f"TCP port {network.host.rpartition(':')[2]}" in told.remedy


def test_another_database_and_another_game() -> None:
    with Server(other, database="other") as server:
        missing = told_by_session(server.host, database="nowhere")
        strange = told_by_session(server.host, database="other")
    assert missing.headline == "No such world"
    assert "nowhere" in missing.means
    assert strange.headline == "Another game"


@pytest.mark.parametrize(
    ("error", "headline"),
    [
        (AuthenticationError("http://h:1", "refused"), "The server does not know you"),
        (
            ConnectError("http://h:1", "it does not speak v1", ConnectCause.VERSION),
            "Another version",
        ),
        (ConnectError("http://h:1", "no way", ConnectCause.UNREACHABLE), "No answer"),
        (
            ConnectError("http://h:1", "it said hello", ConnectCause.NOT_SPACETIMEDB),
            "No world there",
        ),
        (ConnectError("http://h:1", "self-signed", ConnectCause.TLS), "No secure connection"),
        (ConnectError("http://h:1", "gone", ConnectCause.REJECTED), "The world turned you away"),
        (ConnectError("http://h:1", "503", ConnectCause.UNAVAILABLE), "Not now"),
        (ConnectError("http://h:1", "403", ConnectCause.FORBIDDEN), "You may not join"),
        (SchemaMismatchError("entity", "3 bytes are left"), "Another version"),
        (ConnectionLost("reset by peer"), "Connection lost"),
        (OSError("disk full"), "That did not work"),
    ],
)
def test_other_failures(error: Exception, headline: str) -> None:
    told = explain(error, server=ADDRESS, database="blackholio")
    assert told.headline == headline
    assert told.means


def test_who_was_removed_reads_why_in_the_hosts_words() -> None:
    with Server(rules, database="blackholio") as server:
        owner = HttpClient(server.url, server.owner_token)
        guest = owner.identity()
        owner.ban("blackholio", guest.identity, reason="the host has removed you")
        told = told_by_session(server.host, token=guest.token)
    assert told.headline == "You may not join"
    assert "“the host has removed you”" in told.means


def test_no_word_of_a_protocol_reaches_the_player() -> None:
    failures: list[Callable[[], Exception]] = [
        lambda: SchemaMismatchError("entity", "3 bytes are left"),
        lambda: ConnectionLost("reset by peer"),
        lambda: AuthenticationError("http://h:1", "401"),
    ]
    for make in failures:
        told = explain(make(), server=ADDRESS, database="blackholio")
        text = f"{told.headline} {told.means} {told.remedy}".lower()
        assert not any(
            word in text for word in ("schema", "token", "socket", "bindings", "http", "websocket")
        )
