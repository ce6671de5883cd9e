"""Sets of queries that a server ends long after it has applied them: their rows go, and what else is asked for stays."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState
from spacetimedb_sdk.protocol.messages import v2
from tests.client.scripted import as_bytes
from tests.client.scripted_servers import NOTES, V2Server, V3Server, texts

LONG_NOTES = ["SELECT * FROM note WHERE text > 'h'"]


@pytest.fixture(params=[V2Server, V3Server])
def server(request: pytest.FixtureRequest) -> Any:
    server = request.param()
    yield server
    server.client.close()


def sent_last(server: V2Server, count: int) -> list[Any]:
    return [v2.CLIENT_MESSAGE.decode(as_bytes(frame)) for frame in server.transport.link.sent[-count:]]


def test_the_main_set_ends_and_a_handle_stays(server: V2Server) -> None:
    client, errors = server.client, list[str]()
    client.set_callbacks(on_error=errors.append)
    client.subscribe(NOTES)
    main = server.asked()
    server.initial(main, "alone", "in both")
    handle = client.subscriptions.add(LONG_NOTES)
    beside = server.asked()
    server.applied(beside, "in both", "of the handle")

    server.say(v2.SubscriptionError(None, v2.QuerySetId(main), "it takes too long"))
    (error,) = errors
    assert "it takes too long" in error
    assert client.subscriptions.main is None
    # Nothing says which rows were its: the handle's are asked for anew, and until they come all stay.
    given_up, anew = sent_last(server, 2)
    assert (type(given_up), given_up.query_set_id) == (v2.Unsubscribe, v2.QuerySetId(beside))
    assert (type(anew), anew.query_strings) == (v2.Subscribe, LONG_NOTES)
    server.removed(given_up.request_id, beside, "in both", "of the handle")
    assert sorted(texts(server)) == ["alone", "in both", "of the handle"]
    server.applied(anew.request_id, "in both", "of the handle")
    assert sorted(texts(server)) == ["in both", "of the handle"]
    assert (handle.applied, handle.error, client.state) == (True, None, ConnectionState.CONNECTED)


def test_a_handle_ends_and_the_main_set_stays(server: V2Server) -> None:
    client = server.client
    client.subscribe(NOTES)
    main = server.asked()
    server.initial(main, "alone", "in both")
    handle = client.subscriptions.add(LONG_NOTES)
    beside = server.asked()
    server.applied(beside, "in both", "of the handle")

    server.say(v2.SubscriptionError(None, v2.QuerySetId(beside), "it takes too long"))
    assert "it takes too long" in str(handle.error)
    given_up, anew = sent_last(server, 2)
    assert (type(given_up), given_up.query_set_id) == (v2.Unsubscribe, v2.QuerySetId(main))
    assert (type(anew), anew.query_strings) == (v2.Subscribe, NOTES)
    server.removed(given_up.request_id, main, "alone", "in both")
    server.initial(anew.request_id, "alone", "in both")
    assert sorted(texts(server)) == ["alone", "in both"]
    assert (client.subscriptions.main, client.state) == (tuple(NOTES), ConnectionState.CONNECTED)
