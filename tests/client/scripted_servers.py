"""Servers as scripts: what each subprotocol says, message by message, to a client of the conformance module."""

from __future__ import annotations

import json
from typing import Any

from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.protocol.messages.row_lists import RowList, RowOffsets
from spacetimedb_sdk.testing import ScriptedTransport
from spacetimedb_sdk.types import Address, TimeDuration
from tests.client.scripted import GREETING, ME, as_bytes, connected
from tests.codegen.golden.conformance import MODULE, Note

NOTES = ["SELECT * FROM note"]
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
        return self.request_id(self.transport.link.sent[-1])

    def request_id(self, frame: bytes | str) -> int:
        number: int = v1.CLIENT_MESSAGE.decode(as_bytes(frame)).request_id
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

    def request_id(self, frame: bytes | str) -> int:
        (body,) = json.loads(frame).values()
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

    def request_id(self, frame: bytes | str) -> int:
        number: int = v2.CLIENT_MESSAGE.decode(as_bytes(frame)).request_id
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


def texts(server: V1Server) -> list[str]:
    return [note.text for note in server.client.cache.table("note")]
