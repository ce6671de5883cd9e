"""A small model of a client: the cache after each v1.json message, and the callbacks that are due. Imports no SDK.

Rows are plain JSON in positional form. A row counts how often it was delivered; the primary key, else the whole row, says
which row it is. What one message comes to is told as inserts and updates, then deletes, table by table; without a
primary key deletes come first.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Set
from typing import Any

Row = Any
Told = tuple[Any, ...]


def positional(value: Any) -> Any:
    """JSON as servers write it, without the names of fields; f32 and its decimal text become the same number."""
    if isinstance(value, dict):
        return [positional(item) for item in value.values()]
    if isinstance(value, list):
        return [positional(item) for item in value]
    if isinstance(value, float):
        try:
            return struct.unpack("f", struct.pack("f", value))[0]
        except OverflowError:
            return value
    return value


class Model:
    """One client. `keys` has the index of the primary key, or None, for each table the client knows.

    `unknown` is for protocols that tell who called what to the caller alone, by the id of the request: ids and names that
    mean nothing to this caller.
    """

    def __init__(self, keys: dict[str, int | None], unknown: Set[int | str] | None = None) -> None:
        self._keys = keys
        self._unknown = unknown
        self._rows: dict[str, dict[str, Row]] = {table: {} for table in keys}
        self._counts: dict[str, dict[str, int]] = {table: {} for table in keys}
        self._me: tuple[Any, Any] = (None, None)

    def rows(self, table: str) -> list[Row]:
        return list(self._rows[table].values())

    def hear(self, text: str) -> list[Told]:
        """What the client tells its program of one message."""
        ((kind, body),) = json.loads(text).items()
        if kind == "IdentityToken":
            self._me = positional(body["identity"]), positional(body["connection_id"])
            return [("connect",), ("identity",)]
        if kind == "InitialSubscription":
            return [*self._replace(body["database_update"]["tables"]), ("applied",)]
        if kind == "SubscribeMultiApplied":
            return [*self._change(body["update"]["tables"], None), ("applied",)]
        if kind == "UnsubscribeMultiApplied":
            return self._change(body["update"]["tables"], None)
        if kind in ("SubscribeApplied", "UnsubscribeApplied"):
            told = self._change([body["rows"]["table_rows"]], None)
            return [*told, ("applied",)] if kind == "SubscribeApplied" else told
        if kind == "SubscriptionError":
            everything = "none" in body["request_id"] and "none" in body["query_id"]
            return [*(self._replace([]) if everything else []), ("error",)]
        if kind == "TransactionUpdateLight":
            return self._transaction(body["update"]["tables"], ("", "committed", "", None), False)
        if kind == "TransactionUpdate":
            return self._called(body)
        if kind == "OneOffQueryResponse":
            known = [table for table in body["tables"] if table["table_name"] in self._keys]
            rows = [positional(json.loads(row)) for table in known for row in table["rows"]]
            return [("answer", 0, "error" if "some" in body["error"] else sorted(rows, key=json.dumps))]
        value = body["status"].get("Returned")
        return [("answer", body["request_id"], "error" if value is None else positional(json.loads(value)))]

    def _called(self, body: dict[str, Any]) -> list[Told]:
        call = body["reducer_call"]
        name = call["reducer_name"]
        ((status, content),) = body["status"].items()
        if status == "Failed" and call["reducer_id"] == 0xFFFFFFFF and name in ("", "<none>"):
            return [("error",)]  # how 1.x refuses a subscription
        own = (positional(body["caller_identity"]), positional(body["caller_connection_id"])) == self._me
        tables, message = (content["tables"], "") if status == "Committed" else ([], content)
        event = (name, status.lower(), message, positional(body["caller_identity"])[0])
        # A server may answer a call that never started without the id of its request.
        never = message.startswith("invalid arguments")
        if self._unknown is not None and (not own or never or {name, call["request_id"]} & self._unknown):
            event = ("", status.lower(), message, None)
        told = self._transaction(tables, event, own and status != "Committed")
        return [*told, ("reducer", *event)] if event[0] else told

    def _transaction(self, tables: list[Any], event: tuple[Any, ...], own_failure: bool) -> list[Told]:
        told = self._change(tables, event)
        if own_failure or any(table["table_name"] in self._keys for table in tables):
            told.append(("event", *event))
        return told

    def _replace(self, tables: list[Any]) -> list[Told]:
        """The rows of `tables` are all there are."""
        deltas: dict[str, dict[str, int]] = {
            table: {key: -count for key, count in counts.items()} for table, counts in self._counts.items()
        }
        return self._apply(tables, deltas, None)

    def _change(self, tables: list[Any], event: Any) -> list[Told]:
        return self._apply(tables, {}, event)

    def _apply(self, tables: list[Any], deltas: dict[str, dict[str, int]], event: Any) -> list[Told]:
        newest: dict[str, dict[str, Row]] = {}
        for table in tables:
            name = table["table_name"]
            if name not in self._keys:
                continue
            delta = deltas.setdefault(name, {})
            for update in table["updates"]:
                for side, change in (("deletes", -1), ("inserts", 1)):
                    for row in (positional(json.loads(text)) for text in update[side]):
                        key = self._key(name, row)
                        delta[key] = delta.get(key, 0) + change
                        if change > 0:
                            newest.setdefault(name, {})[key] = row
        return [
            told
            for name, delta in deltas.items()
            for told in self._settle(name, delta, newest.get(name, {}), event)
        ]

    def _settle(self, table: str, delta: dict[str, int], newest: dict[str, Row], event: Any) -> list[Told]:
        rows, counts = self._rows[table], self._counts[table]
        came: list[Told] = []
        left: list[Told] = []
        for key, change in delta.items():
            old, count = rows.get(key), counts.get(key, 0) + change
            new = newest.get(key, old)
            if count > 0:
                rows[key], counts[key] = new, count
                if old is None:
                    came.append(("insert", table, None, new, event))
                elif json.dumps(old) != json.dumps(new):
                    came.append(("update", table, old, new, event))
            elif old is not None:
                del rows[key], counts[key]
                left.append(("delete", table, old, None, event))
        return left + came if self._keys[table] is None else came + left

    def _key(self, table: str, row: Row) -> str:
        column = self._keys[table]
        return json.dumps(row if column is None else row[column])
