"""Rows that were never asked for: whatever the subprotocol, they are left out with one warning, and the client goes on."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.protocol.messages.row_lists import RowList, RowOffsets
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.types import Address, TimeDuration
from tests.client.scripted import GREETING, ME, as_bytes, connected
from tests.codegen.golden.conformance import MODULE, Note

NOTES = ["SELECT * FROM note"]
NEVER = 77
NOTHING = RowList(RowOffsets([]), b"")
CODEC = MODULE.space.row_codec(MODULE.tables["note"].row, Note)


def row_list(texts: tuple[str, ...]) -> RowList:
    data = [CODEC.encode(Note(ME, text)) for text in texts]
    return RowList(RowOffsets([sum(map(len, data[:n])) for n in range(len(data))]), b"".join(data))


class V1Server:
    """What a server says over v1.bsatn."""

    protocol = "v1"
    greeting: bytes | str = GREETING

    def __init__(self) -> None:
        self.client, self.transport = connected(
            ScriptedTransport(on_open=lambda link: link.receive(self.greeting)), protocol=self.protocol
        )

    def say(self, message: Any) -> None:
        self.transport.link.receive(b"\0" + v1.SERVER_MESSAGE.encode(message))
        self.client.update()

    def asked(self) -> int:
        """The id of the last request."""
        number: int = v1.CLIENT_MESSAGE.decode(as_bytes(self.transport.link.sent[-1])).request_id
        return number

    def _update(self, texts: tuple[str, ...], *, leave: bool = False) -> v1.DatabaseUpdate:
        rows = row_list(texts)
        update = v1.QueryUpdate(rows, NOTHING) if leave else v1.QueryUpdate(NOTHING, rows)
        return v1.DatabaseUpdate([v1.TableUpdate(1, "note", len(texts), [v1.Uncompressed(update)])])

    def initial(self, request_id: int, *texts: str) -> None:
        """The whole of the set that `subscribe` asks for."""
        self.say(v1.InitialSubscription(self._update(texts), request_id, TimeDuration(0)))

    def applied(self, request_id: int, *texts: str) -> None:
        self.say(v1.SubscribeMultiApplied(request_id, 0, v1.QueryId(request_id), self._update(texts)))

    def removed(self, request_id: int, query_id: int, *texts: str) -> None:
        update = self._update(texts, leave=True)
        self.say(v1.UnsubscribeMultiApplied(request_id, 0, v1.QueryId(query_id), update))

    def changed(self, query_id: int, *texts: str) -> None:
        """A transaction; v1 does not say of which sets."""
        self.say(v1.TransactionUpdateLight(0, self._update(texts)))


class V1JsonServer(V1Server):
    """What a server says over v1.json."""

    protocol = "v1.json"
    greeting = json.dumps(
        {
            "IdentityToken": {
                "identity": {"__identity__": f"0x{ME}"},
                "token": "a-token",
                "connection_id": {"__connection_id__": 1},
            }
        }
    )

    def say(self, message: Any) -> None:
        self.transport.link.receive(json.dumps(message))
        self.client.update()

    def asked(self) -> int:
        (body,) = json.loads(self.transport.link.sent[-1]).values()
        number: int = body["request_id"]
        return number

    def _tables(self, texts: tuple[str, ...], *, leave: bool = False) -> dict[str, Any]:
        rows = [json.dumps([[f"0x{ME}"], text]) for text in texts]
        update = {"deletes": rows if leave else [], "inserts": [] if leave else rows}
        table = {"table_id": 1, "table_name": "note", "num_rows": len(rows), "updates": [update]}
        return {"tables": [table]}

    def initial(self, request_id: int, *texts: str) -> None:
        took = {"__time_duration_micros__": 0}
        body = {"database_update": self._tables(texts), "request_id": request_id}
        self.say({"InitialSubscription": body | {"total_host_execution_duration": took}})

    def _set(self, request_id: int, query_id: int, update: dict[str, Any]) -> dict[str, Any]:
        body = {"request_id": request_id, "total_host_execution_duration_micros": 0}
        return body | {"query_id": {"id": query_id}, "update": update}

    def applied(self, request_id: int, *texts: str) -> None:
        self.say({"SubscribeMultiApplied": self._set(request_id, request_id, self._tables(texts))})

    def removed(self, request_id: int, query_id: int, *texts: str) -> None:
        update = self._tables(texts, leave=True)
        self.say({"UnsubscribeMultiApplied": self._set(request_id, query_id, update)})

    def changed(self, query_id: int, *texts: str) -> None:
        self.say({"TransactionUpdateLight": {"request_id": 0, "update": self._tables(texts)}})


class V2Server(V1Server):
    """What a server says over v2.bsatn."""

    protocol = "v2"
    greeting = b"\0" + v2.SERVER_MESSAGE.encode(v2.InitialConnection(ME, Address(b"\1" * 16), "a-token"))

    def say(self, message: Any) -> None:
        self.transport.link.receive(b"\0" + v2.SERVER_MESSAGE.encode(message))
        self.client.update()

    def asked(self) -> int:
        number: int = v2.CLIENT_MESSAGE.decode(as_bytes(self.transport.link.sent[-1])).request_id
        return number

    def _rows(self, texts: tuple[str, ...]) -> v2.QueryRows:
        return v2.QueryRows([v2.SingleTableRows("note", row_list(texts))])

    def initial(self, request_id: int, *texts: str) -> None:
        self.applied(request_id, *texts)

    def applied(self, request_id: int, *texts: str) -> None:
        self.say(v2.SubscribeApplied(request_id, v2.QuerySetId(request_id), self._rows(texts)))

    def removed(self, request_id: int, query_id: int, *texts: str) -> None:
        self.say(v2.UnsubscribeApplied(request_id, v2.QuerySetId(query_id), self._rows(texts)))

    def changed(self, query_id: int, *texts: str) -> None:
        rows = v2.PersistentTable(v2.PersistentTableRows(row_list(texts), NOTHING))
        update = v2.QuerySetUpdate(v2.QuerySetId(query_id), [v2.TableUpdate("note", [rows])])
        self.say(v2.TransactionUpdate([update]))


class V3Server(V2Server):
    """What a server says over v3.bsatn: the same messages."""

    protocol = "v3"


SERVERS = {kind.protocol: kind for kind in (V1Server, V1JsonServer, V2Server, V3Server)}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Any:
    server = SERVERS[request.param]()
    yield server
    server.client.close()


def texts(server: V1Server) -> list[str]:
    return [note.text for note in server.client.cache.table("note")]


def check(server: V1Server, caplog: pytest.LogCaptureFixture, *rows: str) -> None:
    """These rows are there, the client goes on, and one line says what was left out."""
    assert texts(server) == list(rows)
    assert server.client.state is ConnectionState.CONNECTED
    assert [record.levelno for record in caplog.records] == [logging.WARNING], caplog.text
    assert "the server sent" in caplog.text
    assert "left out" in caplog.text


def test_rows_of_a_set_that_was_never_asked_for(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    applied: list[bool] = []
    server.client.register_on_subscription_applied(lambda: applied.append(True))
    for _ in range(3):
        server.applied(NEVER, "never")
        server.initial(NEVER, "never")
    check(server, caplog)
    assert not applied


def test_a_second_initial_set(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    server.client.subscribe(NOTES)
    asked = server.asked()
    server.initial(asked, "one")
    for _ in range(3):
        server.initial(asked, "two")
    check(server, caplog, "one")


def test_a_handles_rows_come_once(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    handle = server.client.subscriptions.add(NOTES)
    server.applied(server.asked(), "one")
    assert handle.applied
    assert not caplog.records
    for _ in range(3):
        server.applied(handle.query_id or 0, "one")
    handle.unsubscribe()
    server.removed(server.asked(), handle.query_id or 0, "one")
    check(server, caplog)


def test_a_set_ends_once_and_only_when_it_was_given_up(
    server: V1Server, caplog: pytest.LogCaptureFixture
) -> None:
    handle = server.client.subscriptions.add(NOTES)
    server.applied(server.asked(), "one")
    for _ in range(3):
        server.removed(NEVER, handle.query_id or 0, "one")
    check(server, caplog, "one")


def test_changes_while_nothing_is_subscribed_to(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        server.changed(NEVER, "never")
    check(server, caplog)


def test_changes_go_on_after_what_was_left_out(server: V1Server, caplog: pytest.LogCaptureFixture) -> None:
    server.applied(NEVER, "never")
    server.client.subscribe(NOTES)
    asked = server.asked()
    server.initial(asked, "one")
    server.changed(asked, "two")
    check(server, caplog, "one", "two")


@pytest.mark.parametrize("kind", [V2Server, V3Server])
def test_changes_of_a_query_set_that_there_is_not(
    kind: type[V2Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = kind()
    server.client.subscribe(NOTES)
    asked = server.asked()
    server.initial(asked, "one")
    for _ in range(3):
        server.changed(NEVER, "never")
    check(server, caplog, "one")
    server.changed(asked, "two")
    assert texts(server) == ["one", "two"]
    server.client.close()


@pytest.mark.parametrize("kind", [V2Server, V3Server])
def test_changes_of_a_query_set_that_has_ended(
    kind: type[V2Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = kind()
    server.client.subscribe(NOTES)
    server.initial(server.asked(), "one")
    handle = server.client.subscriptions.add(NOTES)
    query_id = server.asked()
    server.applied(query_id, "one")
    handle.unsubscribe()
    server.removed(server.asked(), query_id, "one")
    assert not caplog.records
    server.changed(query_id, "late")
    check(server, caplog, "one")
    server.client.close()


def test_rows_that_came_before_the_end_of_the_last_set_are_told(
    server: V1Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What decodes is ahead of the program: it has met the end already when the program takes up the rows before it."""
    told: list[tuple[str, str]] = []
    handle = server.client.subscriptions.add(NOTES)
    asked = server.asked()
    server.applied(asked, "one")
    server.client.register_row_update(
        "note", lambda op, old, new, _event: told.append((op, (new or old).text))
    )
    handle.unsubscribe()
    with monkeypatch.context() as held:
        held.setattr(server.client, "update", lambda: None)
        server.changed(asked, "two")
    server.removed(server.asked(), asked, "one", "two")
    assert told == [("insert", "two"), ("delete", "one"), ("delete", "two")]
    assert (texts(server), caplog.records) == ([], [])
