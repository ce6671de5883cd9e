"""The three wire formats a source speaks: v1.bsatn for this SDK, v2.bsatn for the npm package, JSON text for 0.7.0."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any, Protocol

from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.types import ConnectionId, Identity, TimeDuration, Timestamp

from .scenarios import Case, Values

__all__ = ["WIRES", "Wire", "addressed", "answering"]

IDENTITY = Identity(b"\xc2" * 32)
CONNECTION = ConnectionId(b"\x01" * 16)
_ROWS = {"flat": "<Iiff", "mark": "<Iiff", "entity": "<iffi"}
# They stand for ids until those are known: of a call, of a subscription, of its query set.
_CALL, _SUBSCRIPTION, _QUERY_SET = 0x7E57AB1E, 0x7E57AB2E, 0x7E57AB3E
# How near to the beginning, or to the end, of a message the ids of a subscription are.
_NEAR = 256


class Wire(Protocol):
    """Server messages of one format. `opcode` is that of its WebSocket messages."""

    subprotocol: str
    opcode: int

    def greeting(self) -> bytes: ...

    def applied(self, case: Case, rows: Sequence[Values]) -> bytes:
        """The answer to the first subscription of the connection: see `addressed`."""

    def transaction(self, case: Case, deletes: Sequence[Values], inserts: Sequence[Values]) -> bytes:
        """A transaction of another client, or the answer to a call: see `addressed` and `answering`."""

    def call(self, message: bytes) -> int | None:
        """The request id of a reducer call; None for a subscription."""

    def subscription(self, message: bytes) -> tuple[int, int]:
        """The ids of a subscription: of the request, of the query set."""


def addressed(frame: bytes, request_id: int, query_set: int) -> bytes:
    """`frame` for the client that subscribed with these ids: one that is strict takes no other."""
    for hole, number in ((_SUBSCRIPTION, request_id), (_QUERY_SET, query_set)):
        middle = max(len(frame) - _NEAR, _NEAR)
        head, tail = _filled(frame[:_NEAR], hole, number), _filled(frame[middle:], hole, number)
        frame = b"".join((head, frame[_NEAR:middle], tail))
    return frame


def answering(message: bytes, request_id: int) -> bytes:
    """`message` as the answer to the call `request_id`."""
    return _filled(message, _CALL, request_id)


def _filled(message: bytes, hole: int, number: int) -> bytes:
    return message.replace(struct.pack("<I", hole), struct.pack("<I", number), 1)


def _encoded(case: Case, rows: Sequence[Values]) -> tuple[int | None, bytes]:
    """The rows' width, None where they have none, and their bytes."""
    if case.table == "blob":
        return None, b"".join(struct.pack("<II", number, len(data)) + data for number, data in rows)  # type: ignore[arg-type,operator]
    layout = struct.Struct(_ROWS[case.table])
    return layout.size, b"".join(layout.pack(*values) for values in rows)


class V1:
    subprotocol = "v1.bsatn.spacetimedb"
    opcode = 2

    def greeting(self) -> bytes:
        return self._message(v1.IdentityToken(IDENTITY, "a-token", CONNECTION))

    def applied(self, case: Case, rows: Sequence[Values]) -> bytes:
        return self._message(
            v1.InitialSubscription(self._update(case, [], rows), _SUBSCRIPTION, TimeDuration(0))
        )

    def transaction(self, case: Case, deletes: Sequence[Values], inserts: Sequence[Values]) -> bytes:
        update = v1.TransactionUpdate(
            v1.Committed(self._update(case, deletes, inserts)),
            Timestamp(0),
            IDENTITY,
            CONNECTION,
            v1.ReducerCallInfo("go", 0, b"", _CALL),
            v1.EnergyQuanta(0),
            TimeDuration(0),
        )
        return self._message(update)

    def call(self, message: bytes) -> int | None:
        asked = v1.CLIENT_MESSAGE.decode(message)
        return asked.request_id if isinstance(asked, v1.CallReducer) else None

    def subscription(self, message: bytes) -> tuple[int, int]:
        asked: v1.Subscribe = v1.CLIENT_MESSAGE.decode(message)
        return asked.request_id, 0

    def _message(self, message: v1.ServerMessage) -> bytes:
        return b"\0" + v1.SERVER_MESSAGE.encode(message)

    def _update(self, case: Case, deletes: Sequence[Values], inserts: Sequence[Values]) -> v1.DatabaseUpdate:
        changes = v1.Uncompressed(v1.QueryUpdate(self._list(case, deletes), self._list(case, inserts)))
        return v1.DatabaseUpdate([v1.TableUpdate(4096, case.table, len(deletes) + len(inserts), [changes])])

    def _list(self, case: Case, rows: Sequence[Values]) -> v1.RowList:
        size, data = _encoded(case, rows)
        return v1.RowList(v1.RowOffsets([0]) if size is None and rows else v1.FixedSize(size or 1), data)


class V2:
    subprotocol = "v2.bsatn.spacetimedb"
    opcode = 2

    def greeting(self) -> bytes:
        return self._message(v2.InitialConnection(IDENTITY, CONNECTION, "a-token"))

    def applied(self, case: Case, rows: Sequence[Values]) -> bytes:
        found = v2.QueryRows([v2.SingleTableRows(case.table, self._list(case, rows))])
        return self._message(v2.SubscribeApplied(_SUBSCRIPTION, v2.QuerySetId(_QUERY_SET), found))

    def transaction(self, case: Case, deletes: Sequence[Values], inserts: Sequence[Values]) -> bytes:
        changes = v2.PersistentTable(
            v2.PersistentTableRows(self._list(case, inserts), self._list(case, deletes))
        )
        update = v2.TransactionUpdate(
            [v2.QuerySetUpdate(v2.QuerySetId(_QUERY_SET), [v2.TableUpdate(case.table, [changes])])]
        )
        if not case.one_by_one:
            return self._message(update)
        outcome = v2.OutcomeOk(v2.ReducerOk(b"", update))
        return self._message(v2.ReducerResult(_CALL, Timestamp(0), outcome))

    def call(self, message: bytes) -> int | None:
        asked = v2.CLIENT_MESSAGE.decode(message)
        return asked.request_id if isinstance(asked, v2.CallReducer) else None

    def subscription(self, message: bytes) -> tuple[int, int]:
        asked: v2.Subscribe = v2.CLIENT_MESSAGE.decode(message)
        return asked.request_id, asked.query_set_id.id

    def _message(self, message: v2.ServerMessage) -> bytes:
        return b"\0" + v2.SERVER_MESSAGE.encode(message)

    def _list(self, case: Case, rows: Sequence[Values]) -> v2.RowList:
        size, data = _encoded(case, rows)
        return v2.RowList(v2.RowOffsets([0]) if size is None and rows else v2.FixedSize(size or 1), data)


class Text:
    """What servers spoke in the days of 0.7.0: JSON, each row under the hex of its bytes."""

    subprotocol = "v1.text.spacetimedb"
    opcode = 1

    def greeting(self) -> bytes:
        token = {"token": "a-token", "identity": "c2" * 32, "address": "01" * 16}
        return self._message({"IdentityToken": token})

    def applied(self, case: Case, rows: Sequence[Values]) -> bytes:
        return self._message({"SubscriptionUpdate": self._update(case, [], rows)})

    def transaction(self, case: Case, deletes: Sequence[Values], inserts: Sequence[Values]) -> bytes:
        event = {
            "timestamp": 0,
            "status": "committed",
            "caller_identity": "c2" * 32,
            "caller_address": "01" * 16,
            "function_call": {"reducer": "go", "args": "[]"},
            "energy_quanta_used": 0,
            "message": "",
        }
        update = self._update(case, deletes, inserts)
        return self._message({"TransactionUpdate": {"event": event, "subscription_update": update}})

    def call(self, message: bytes) -> int | None:
        return 0 if b'"call"' in message[:16] else None

    def subscription(self, message: bytes) -> tuple[int, int]:
        return 0, 0

    def _message(self, message: Any) -> bytes:
        return json.dumps(message).encode()

    def _update(self, case: Case, deletes: Sequence[Values], inserts: Sequence[Values]) -> Any:
        operations = [{"op": "delete", "row_pk": self._key(case, values), "row": []} for values in deletes]
        operations += [
            {"op": "insert", "row_pk": self._key(case, values), "row": self._row(case, values)}
            for values in inserts
        ]
        table = {"table_id": 1, "table_name": case.table.title(), "table_row_operations": operations}
        return {"table_updates": [table]}

    def _key(self, case: Case, values: Values) -> str:
        return _encoded(case, [values])[1].hex()

    def _row(self, case: Case, values: Values) -> list[Any]:
        if case.table == "entity":
            entity_id, x, y, mass = values
            return [entity_id, [x, y], mass]
        return list(values)


WIRES: dict[str, type[Wire]] = {"v1": V1, "v2": V2, "text": Text}
