"""What each client gets of a commit, on each protocol (spec: websocket.md sections 4.6 and 5.4).

What changed for which queries is settled before; here it is written, once for all clients who get the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ...types import ConnectionId, Identity
from ..engine.calls import Transaction
from ..wire import v2_writer
from ..wire.parts import Part
from ..wire.row_batch import QueryDelta
from ..wire.server_message import ServerMessage
from ..wire.v1_writer import V1Writer

__all__ = ["Announcement", "Announcer", "Matched", "Subscriber", "V1Announcer", "V2Announcer"]

# What matched, and under which of the client's sets: a row goes out once for each.
Matched = Sequence[tuple[QueryDelta, tuple[int, ...]]]


class Subscriber(Protocol):
    """What the registry knows of a client."""

    identity: Identity
    connection_id: ConnectionId
    light: bool

    @property
    def announcer(self) -> Announcer: ...

    def send(self, message: ServerMessage) -> None: ...

    def turn_away(self, reason: str) -> None:
        """Ends the connection, and tells the client why."""


class Announcement(Protocol):
    """One commit, as one protocol tells it."""

    def send(self, members: Iterable[Subscriber], matched: Matched, caller: Subscriber | None) -> None:
        """Sends it to `members`, who all had `matched`; `caller` is the client who made the call and gets its outcome."""


class Announcer(Protocol):
    """How one protocol tells of commits. With `keeps_sets_apart` a row goes out for each set of queries it matches."""

    keeps_sets_apart: bool

    def announcement(self, transaction: Transaction) -> Announcement: ...


class V1Announcer:
    """v1: the caller gets all, other subscribers too unless they are `light`, or every client is."""

    keeps_sets_apart = False

    def __init__(self, writer: V1Writer, *, light_for_all: bool) -> None:
        self.writer = writer
        self.light_for_all = light_for_all

    def announcement(self, transaction: Transaction) -> Announcement:
        return _V1Announcement(self, transaction)


class _V1Announcement:
    def __init__(self, announcer: V1Announcer, transaction: Transaction) -> None:
        self._writer = announcer.writer
        self._light_for_all = announcer.light_for_all
        self._request_id = transaction.call.request_id
        self._transaction = transaction
        self._tail: bytes | None = None
        self._updates: dict[QueryDelta, Part] = {}

    def send(self, members: Iterable[Subscriber], matched: Matched, caller: Subscriber | None) -> None:
        update = self._database_update(matched)
        full = light = None
        for member in members:
            if member is not caller and (member.light or self._light_for_all):
                light = light or self._writer.light(self._request_id, update)
                member.send(light)
            else:
                full = full or self._full(update)
                member.send(full)

    def _full(self, update: Part) -> ServerMessage:
        if self._tail is None:
            self._tail = self._writer.transaction_tail(self._transaction, self._request_id)
        return self._writer.committed(update, self._tail)

    def _database_update(self, matched: Matched) -> Part:
        if not matched:  # as for most callers: nothing of what they have changed
            return self._writer.no_tables
        tables: dict[int, tuple[str, int, list[Part]]] = {}
        for delta, places in matched:
            store = delta.inserts.store
            name, count, updates = tables.get(store.table_id) or (store.name, 0, [])
            updates += [self._query_update(delta)] * len(places)
            count += (len(delta.deletes) + len(delta.inserts)) * len(places)
            tables[store.table_id] = (name, count, updates)
        write = self._writer.table_update
        return self._writer.database_update([write(number, *parts) for number, parts in tables.items()])

    def _query_update(self, delta: QueryDelta) -> Part:
        update = self._updates.get(delta)
        if update is None:
            update = self._updates[delta] = self._writer.query_update(delta.deletes, delta.inserts)
        return update


class V2Announcer:
    """v2 and v3: the caller gets the result of its call with its own rows in it, the others rows alone."""

    keeps_sets_apart = True

    def announcement(self, transaction: Transaction) -> Announcement:
        return _V2Announcement(transaction)


class _V2Announcement:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def send(self, members: Iterable[Subscriber], matched: Matched, caller: Subscriber | None) -> None:
        body = _transaction_body(matched)
        update = None
        for member in members:
            if member is caller:
                request_id = self._transaction.call.request_id
                member.send(v2_writer.reducer_ok(request_id, self._transaction.timestamp, body))
            else:
                update = update or v2_writer.transaction_update(body)
                member.send(update)


def _transaction_body(matched: Matched) -> Part:
    """Query sets by their ids, tables by their names."""
    sets: dict[int, dict[str, list[QueryDelta]]] = {}
    for delta, places in matched:
        for query_set_id in places:
            tables = sets.setdefault(query_set_id, {})
            tables.setdefault(delta.inserts.store.name, []).append(delta)
    return v2_writer.transaction_body(
        [
            v2_writer.query_set_update(
                number, [v2_writer.table_update(name, deltas) for name, deltas in sorted(tables.items())]
            )
            for number, tables in sorted(sets.items())
        ]
    )
