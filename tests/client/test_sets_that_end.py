"""Sets of queries that a server ends long after it has applied them: their rows go, and what else is asked for stays."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState
from spacetimedb_sdk.errors import SubscriptionError
from spacetimedb_sdk.protocol.messages import v1, v2
from tests.client.scripted import as_bytes
from tests.client.scripted_servers import NOTES, V1JsonServer, V1Server, V2Server, V3Server, texts

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


def last_asked(server: V1Server, count: int) -> list[int]:
    """The ids of the last requests."""
    sent = server.transport.link.sent
    return [server.request_id(frame) for frame in sent[-count:]]


def gave_up_all(server: V1Server) -> None:
    """What a 1.x server says where a transaction cannot be worked out for one of the connection's sets: it ends them all."""
    refused(server, None)


def refused(server: V1Server, request_id: int | None) -> None:
    if isinstance(server, V1JsonServer):
        asked = None if request_id is None else {"some": request_id}
        body = {"total_host_execution_duration_micros": 0, "request_id": asked, "query_id": None}
        server.say({"SubscriptionError": body | {"table_id": None, "error": "it takes too long"}})
    else:
        server.say(v1.SubscriptionError(0, request_id, None, None, "it takes too long"))


@pytest.mark.parametrize("kind", [V1Server, V1JsonServer])
def test_a_server_gives_up_every_set(kind: type[V1Server]) -> None:
    server = kind()
    client, told = server.client, list[str]()
    client.set_callbacks(on_error=told.append)
    client.db.note.on_delete(lambda note, _event: told.append(f"{note.text} left"))
    client.subscribe(NOTES)
    server.initial(server.asked(), "alone", "in both")
    handle = client.subscriptions.add(LONG_NOTES)
    server.applied(server.asked(), "in both")

    gave_up_all(server)
    assert sorted(told[:2]) == ["alone left", "in both left"]
    assert "it takes too long" in told[2]
    assert "it takes too long" in str(handle.error)
    assert (texts(server), client.subscriptions.main, len(client.subscriptions)) == ([], None, 0)
    server.changed(0, "of no set")
    assert texts(server) == []
    # The connection stands, and what is asked for next is all there is: no set is gone back to where one is refused.
    client.subscribe(LONG_NOTES)
    refused(server, server.asked())
    assert client.subscriptions.main is None
    client.subscribe(NOTES)
    server.initial(server.asked(), "again")
    server.changed(0, "and more")
    assert (texts(server), client.state) == (["again", "and more"], ConnectionState.CONNECTED)
    client.close()


@pytest.mark.parametrize("kind", [V1Server, V1JsonServer])
def test_what_was_asked_for_before_a_server_gives_up_every_set_still_comes(kind: type[V1Server]) -> None:
    server = kind()
    client = server.client
    client.subscribe(NOTES)
    server.initial(server.asked(), "old")
    handle = client.subscriptions.add(NOTES)
    beside = server.asked()
    client.subscribe(LONG_NOTES)
    main, anew = last_asked(server, 2)
    with pytest.raises(SubscriptionError) as told:
        gave_up_all(server)
    assert told.value.queries == tuple(NOTES)
    assert (texts(server), client.subscriptions.main) == ([], tuple(LONG_NOTES))
    server.initial(main, "new")
    server.applied(anew, "new", "beside")
    assert (sorted(texts(server)), handle.applied) == (["beside", "new"], True)
    assert beside != anew
    server.changed(0, "newer")
    assert sorted(texts(server)) == ["beside", "new", "newer"]
    client.close()


@pytest.mark.parametrize("kind", [V1Server, V1JsonServer])
def test_a_set_that_waits_for_those_that_a_server_gives_up_is_asked_for(kind: type[V1Server]) -> None:
    server = kind()
    client = server.client
    client.set_callbacks(on_error=lambda error: None)
    client.subscribe(NOTES)
    server.initial(server.asked(), "old")
    handle = client.subscriptions.add(NOTES)
    server.applied(server.asked(), "old")
    client.subscribe([])
    main, anew = last_asked(server, 2)
    client.subscribe(LONG_NOTES)  # v1 does one thing after the other
    assert last_asked(server, 2) == [main, anew]
    server.initial(main)  # what comes now is held, and given up before the rest of it is there
    gave_up_all(server)
    asked = server.asked()
    assert asked > anew
    server.applied(anew, "beside")
    server.initial(asked, "new")
    assert (sorted(texts(server)), handle.applied, client.subscriptions.main) == (
        ["beside", "new"],
        True,
        tuple(LONG_NOTES),
    )
    client.close()


@pytest.mark.parametrize("kind", [V1Server, V1JsonServer])
def test_a_set_whose_rows_were_held_when_a_server_gave_up_all_is_over(kind: type[V1Server]) -> None:
    server = kind()
    client, errors = server.client, list[str]()
    client.set_callbacks(on_error=errors.append)
    client.subscribe(NOTES)
    server.initial(server.asked(), "old")
    handle = client.subscriptions.add(NOTES)
    server.applied(server.asked(), "old")
    client.subscribe(LONG_NOTES)
    main, anew = last_asked(server, 2)
    server.initial(main, "held")
    gave_up_all(server)
    assert (texts(server), client.subscriptions.main) == ([], None)
    server.applied(anew, "beside")
    assert (texts(server), handle.applied, len(errors)) == (["beside"], True, 1)
    client.close()
