"""Coming back after a lost connection, on a clock that the test moves: when, how often, and when not."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from spacetimedb_sdk import (
    AuthenticationError,
    ConnectCause,
    ConnectError,
    ConnectionState,
    DatabaseNotFoundError,
    ReconnectPolicy,
    SpacetimeDBClient,
)
from spacetimedb_sdk.client.options import ConnectOptions
from spacetimedb_sdk.client.retry import Retry
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.protocol.outcomes import Closed
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.transport.opening.handshake import ConnectRequest
from spacetimedb_sdk.types import TimeDuration
from tests.client.scripted import GREETING, FakeClock, as_bytes, connected
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until

POLICY = ReconnectPolicy(initial=1.0, factor=2.0, maximum=5.0, jitter=0.0)


class Unsteady(ScriptedTransport):
    """Each attempt ends in the next of `errors`; when they are used up it is greeted."""

    def __init__(self, *errors: Any) -> None:
        super().__init__(on_open=self._opened)
        self.errors = list(errors)

    def _opened(self, link: Any) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is None:
            link.receive(GREETING)
        else:
            link._end(Closed(str(error), error))


def refused(_: object = None) -> ConnectError:
    return ConnectError("http://localhost", "nothing listens there")


def test_each_attempt_waits_longer_than_the_one_before() -> None:
    clock, transport = FakeClock(), Unsteady(None, refused(), refused(), refused(), refused())
    client, _ = connected(transport, clock=clock, reconnect=POLICY)
    transport.link.end("gone")
    client.update()
    begun = clock.time
    moments = []
    while not client.is_connected:
        before = len(transport.links)
        client.update(timeout=0.25)
        if len(transport.links) > before:
            moments.append(clock.time - begun)
    assert moments == [1.0, 3.0, 7.0, 12.0, 17.0]
    client.close()


def broke(_: object = None) -> ConnectError:
    return ConnectError("http://localhost", "the connection broke", ConnectCause.LOST)


def test_a_first_connection_that_breaks_is_made_again() -> None:
    clock, transport = FakeClock(), Unsteady(broke(), broke())
    client = SpacetimeDBClient(bindings, clock=clock)
    connects: list[bool] = []
    client.set_callbacks(on_connect=lambda: connects.append(True))
    client.connect(
        None, "localhost", "db", False,
        reconnect=POLICY, link_factory=transport.connect, verify_schema=False, protocol="v1",
    )  # fmt: skip
    client.subscribe(["SELECT * FROM item"])
    until(lambda: client.is_connected, client)
    assert connects == [True]
    assert len(transport.links) == 3
    assert transport.link.sent, "what was subscribed to before is asked for"
    client.close()


@pytest.mark.parametrize(
    ("errors", "attempts", "reconnect"),
    [
        ([broke()] * 5, 3, POLICY),
        ([broke()], 1, False),
        ([refused()], 1, POLICY),
        ([DatabaseNotFoundError("http://localhost", "there is no database")], 1, POLICY),
        ([AuthenticationError("http://localhost", "the token was refused")], 1, POLICY),
    ],
)
def test_a_first_connection_ends_with_its_reason(
    errors: list[ConnectError], attempts: int, reconnect: ReconnectPolicy | bool
) -> None:
    transport = Unsteady(*errors)
    client = SpacetimeDBClient(bindings, clock=FakeClock())
    told: list[str] = []
    client.set_callbacks(on_error=told.append)
    client.connect(
        None, "localhost", "db", False,
        reconnect=reconnect, link_factory=transport.connect, verify_schema=False, protocol="v1",
    )  # fmt: skip
    until(lambda: client.state is ConnectionState.CLOSED, client)
    assert len(transport.links) == attempts
    assert told == [str(errors[0])]


def test_an_update_that_does_not_wait_does_not_sleep() -> None:
    clock, transport = FakeClock(), Unsteady()
    client, _ = connected(transport, clock=clock, reconnect=POLICY)
    transport.link.end("gone")
    for _ in range(5):
        client.update()
    assert clock.slept == []
    assert len(transport.links) == 1
    clock.time += 1.0
    client.update()
    assert client.is_connected
    client.close()


def test_after_a_connection_that_stood_the_delays_begin_anew() -> None:
    clock = FakeClock()
    retry = Retry(clock)
    retry.options = ConnectOptions(reconnect=POLICY)
    delays = []
    for _ in range(3):
        retry.plan(was_connected=True)
        delays.append(retry.seconds_left)
    assert delays == [1.0, 2.0, 4.0]
    assert retry.succeeded()
    retry.plan(was_connected=True)
    assert retry.seconds_left == 1.0


def test_a_deleted_database_ends_it_and_the_reason_is_told() -> None:
    gone = DatabaseNotFoundError("http://localhost", "there is no database 'game' on it")
    errors: list[str] = []
    clock, transport = FakeClock(), Unsteady(None, refused(), gone)
    client, _ = connected(transport, clock=clock, reconnect=POLICY)
    client.set_callbacks(on_error=errors.append)
    transport.link.end("the database was deleted")
    while client.state is not ConnectionState.CLOSED:
        client.update(timeout=1)
    assert errors == [str(gone)]
    assert len(transport.links) == 3


def test_without_an_error_callback_the_reason_is_raised_alone(caplog: pytest.LogCaptureFixture) -> None:
    gone = DatabaseNotFoundError("http://localhost", "there is no database 'game' on it")
    client, transport = connected(Unsteady(None, gone), reconnect=POLICY)
    transport.link.end("gone")
    client.update()
    with pytest.raises(DatabaseNotFoundError):
        client.update(timeout=2)
    assert str(gone) not in caplog.text


def test_a_token_that_is_refused_ends_it_unless_another_may_be_had() -> None:
    retry = Retry(FakeClock())
    error = AuthenticationError("http://localhost", "the token was refused")
    retry.options = ConnectOptions(reconnect=POLICY)
    assert not retry.is_worth_it(error, was_connected=True)
    retry.options = ConnectOptions(reconnect=POLICY, token_provider=lambda: "another")
    assert retry.is_worth_it(error, was_connected=True)
    assert not retry.is_worth_it(error, was_connected=False), "what never stood is not opened again"


def test_a_token_provider_that_raises_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    answers: list[Any] = ["one", OSError("the disk is away"), "two"]
    tokens: list[str | None] = []

    def provider() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    transport = Unsteady()
    connect = transport.connect

    def factory(request: ConnectRequest, *args: Any, **options: Any) -> Any:
        tokens.append(request.token)
        return connect(request, *args, **options)

    transport.connect = factory  # type: ignore[method-assign]
    client, _ = connected(transport, reconnect=POLICY, token_provider=provider)
    transport.link.end("gone")
    client.update()
    until(lambda: client.is_connected, client)
    assert tokens == ["one", "two"]
    assert "the disk is away" in caplog.text
    client.close()


def test_closing_gives_up_what_was_planned() -> None:
    client, transport = connected(Unsteady(None, refused()), reconnect=POLICY)
    transport.link.end("gone")
    client.update()
    assert client.state is ConnectionState.RECONNECTING
    client.close()
    for _ in range(3):
        client.update(timeout=PATIENCE)
    assert client.state is ConnectionState.CLOSED
    assert len(transport.links) == 1


def test_a_loss_that_comes_behind_a_close_inside_a_callback_is_not_come_back_from() -> None:
    client, transport = connected(Unsteady(None), reconnect=POLICY)
    link = transport.link
    client.subscribe(["SELECT * FROM note"])
    client.register_on_subscription_applied(client.close)
    (asked,) = map(as_bytes, link.sent)
    applied = v1.InitialSubscription(
        v1.DatabaseUpdate([]), v1.CLIENT_MESSAGE.decode(asked).request_id, TimeDuration(0)
    )
    link.receive(b"\0" + v1.SERVER_MESSAGE.encode(applied))
    link.end("gone")  # both are there when the update begins
    for _ in range(3):
        client.update(timeout=PATIENCE)
    assert (client.state, len(transport.links)) == (ConnectionState.CLOSED, 1)


def test_calls_in_flight_are_told_of_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    client, transport = connected()
    for _ in range(196):
        client.reducers.nothing()
    client.reducers.fail("no luck")
    transport.link.end("gone")
    with caplog.at_level(logging.WARNING):
        client.update()
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "reducer nothing (196 times), reducer fail" in record.message
    assert "may have committed" in record.message
