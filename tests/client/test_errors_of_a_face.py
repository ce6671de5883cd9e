"""Errors that belong to no call: to `on_error`, or out of what drives the client, or into the log where none would see them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from spacetimedb_sdk import ConnectError, SpacetimeDBAsyncClient, SpacetimeDBClient, SubscriptionError
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.testing import ScriptedTransport
from tests.client.scripted import connected
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE

NOWHERE = "127.0.0.1:1"


def test_without_an_error_callback_it_is_raised_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    client = SpacetimeDBClient.init(None, NOWHERE, "conformance", False, bindings)
    with pytest.raises(ConnectError):
        client.update(timeout=PATIENCE)
    assert not caplog.records, "who catches it, or sees the traceback, reads it there"


REFUSED = v1.SubscriptionError(0, None, None, None, "no such table: `x`")


def refuse(transport: ScriptedTransport, times: int) -> None:
    for _ in range(times):
        transport.link.receive(b"\0" + v1.SERVER_MESSAGE.encode(REFUSED))


def test_of_several_errors_in_one_update_one_is_raised_and_the_others_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, transport = connected()
    client.subscribe(["SELECT * FROM note"])
    refuse(transport, 3)
    with pytest.raises(SubscriptionError, match="no such table"):
        client.update()
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    client.update()
    client.close()


def test_an_error_that_close_comes_upon_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It is in the midst of a message's callbacks; no update follows that could raise it."""
    client, transport = connected()
    client.subscribe(["SELECT * FROM note"])
    refuse(transport, 1)
    client.register_on_state(lambda state: None)
    client._core.applier.work = client._core.applier.receive(transport.link.take())  # type: ignore[arg-type,assignment]
    client.close()
    (record,) = caplog.records
    assert "no such table" in record.message


@pytest.mark.parametrize("with_callback", [False, True])
def test_connect_without_a_connection_raises(with_callback: bool, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        with pytest.raises(ConnectError) as caught:
            await client.connect(
                None, NOWHERE, "conformance", False, on_error=told.append if with_callback else None
            )
        assert told == ([str(caught.value)] if with_callback else [])
        assert not caplog.records, "it is said once"

    asyncio.run(scenario())


def test_what_an_event_raises_is_logged_before_the_run_ends(
    embedded: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Exception):
        pass

    logged: list[bool] = []

    def event() -> None:
        raise Broken("an event of the program")

    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        client.register_on_state(lambda state: logged.append("an event of the program" in caplog.text))
        client.schedule_event(0, event)
        with pytest.raises(Broken):
            async with asyncio.timeout(PATIENCE):
                await client.run(None, embedded, "conformance", False, None)

    asyncio.run(scenario())
    assert logged[-1], "it was in the log when the client closed"
    (record,) = [record for record in caplog.records if "an event of the program" in record.message]
    assert record.exc_info


def test_setting_one_callback_leaves_the_others() -> None:
    told: list[Any] = []
    client, transport = connected()
    client.set_callbacks(on_error=lambda text: told.append(("error", text)))
    client.set_callbacks(on_disconnect=lambda reason: told.append(("disconnect", reason)))
    client.set_callbacks(on_error=lambda text: told.append(("other", text)), on_identity=None)
    with pytest.raises(TypeError, match="must be callable"):
        client.set_callbacks(on_disconnect=5)  # type: ignore[arg-type]
    transport.link.end("gone")
    client.update()
    assert told == [("disconnect", "gone")]
    client.set_callbacks(on_disconnect=None)
    client.close()
    assert told == [("disconnect", "gone")]


def test_an_async_client_runs_its_own_callbacks_too(embedded: str) -> None:
    """Those that were set before stay beside those that `run` takes, async ones as well."""
    told: list[str] = []

    async def goodbye(_reason: str) -> None:
        await asyncio.sleep(0)
        told.append("disconnect")

    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        client.set_callbacks(
            on_connect=lambda: told.append("connect"),
            on_identity=lambda *_: told.append("identity"),
            on_disconnect=goodbye,
        )
        await client.connect(None, embedded, "conformance", False, lambda *_: told.append("standing"))
        await client.close()

    asyncio.run(scenario())
    assert told == ["connect", "identity", "standing", "disconnect"]
