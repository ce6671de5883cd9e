"""The recorded client frames, sent to the same module in Python, are answered as the real server answered.

Left out of the comparison: times of the recording, durations, energy, the order of rows and tables within a message, and
what comes after `invalid arguments for reducer NAME:`. Identities and connection ids are given to the sessions as they
were recorded. Joins are not part of this server's SQL; the brotli recording is the plain one again, compressed by a package
that is optional.
"""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest
from conformance_module import module
from raw_client import row_bytes

from spacetimedb_sdk.protocol import v1_messages as v1
from spacetimedb_sdk.protocol.compression import Compression, decompress_frame
from spacetimedb_sdk.protocol.frames import FrameParser
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.outgoing import agreed_compression
from spacetimedb_sdk.standalone.subscriptions import Subscriptions
from spacetimedb_sdk.standalone.v1_session import V1BsatnSession as Session
from spacetimedb_sdk.types import Identity, ScheduleAt, TimeDuration, Timestamp

GOLDEN = Path(__file__).parent.parent / "conformance" / "golden"
RECORDED_SINCE = 1_790_000_000_000_000  # every scenario was recorded after this moment
FOLDERS: dict[str, Literal["1.2", "2.8"]] = {"server-1.2.0": "1.2", "server-2.8.3-module-1x": "2.8"}
TRANSCRIPTS = [
    path
    for folder in FOLDERS
    for path in sorted((GOLDEN / folder).glob("v1.bsatn*.jsonl"))
    if not path.stem.endswith("joins") and "brotli" not in path.stem
]


class Replay:
    """One scenario played against a database of our own."""

    def __init__(self, path: Path) -> None:
        header, *self.events = [json.loads(line) for line in path.read_text().splitlines()]
        self.header = header
        self.now = RECORDED_SINCE
        self.database = Database(
            module,
            clock=lambda: self.now,
            identity=Identity.from_string(header["database_identity"]["__identity__"]),
            compatibility=FOLDERS[path.parent.name],
        )
        self.subscriptions = Subscriptions(self.database)
        self.database.on_commit = self.subscriptions.broadcast
        self.sessions: dict[str, Session] = {}
        self.inboxes: dict[str, deque[v1.ServerMessage]] = {}
        self.start = self.now

    def play(self) -> Iterator[tuple[v1.ServerMessage, v1.ServerMessage]]:
        """(recorded, ours) for every message a client received."""
        for position, event in enumerate(self.events):
            client, kind = event["client"], event["event"]
            if kind == "open":
                self.advance(event["t"])
                self.open(client, position)
            elif kind == "send":
                self.advance(event["t"])
                self.sessions[client].receive(base64.b64decode(event["binary"]))
            elif kind == "client-close":
                session = self.sessions.pop(client, None)  # some recordings close everybody again at the end
                if session is not None:
                    session.close()
            elif kind == "recv":
                while not self.inboxes[client] and (due := self.database.next_due()) is not None:
                    self.run_until(due)
                assert self.inboxes[client], f"event {position}: nothing came to {client}: {decoded(event)}"
                yield decoded(event), self.inboxes[client].popleft()
        assert {client: list(inbox) for client, inbox in self.inboxes.items() if inbox} == {}

    def advance(self, seconds: float) -> None:
        self.run_until(self.start + round(seconds * 1_000_000))

    def run_until(self, now: int) -> None:
        while (due := self.database.next_due()) is not None and due <= now:
            self.now = max(due, self.now)
            self.database.run_scheduled(self.now, limit=1)
        self.now = max(now, self.now)

    def open(self, client: str, position: int) -> None:
        greeting = next(
            decoded(event)
            for event in self.events[position:]
            if event["event"] == "recv" and event["client"] == client
        )
        assert isinstance(greeting, v1.IdentityToken)
        parser, inbox = FrameParser(), deque[v1.ServerMessage]()

        def deliver(frame: bytes) -> None:
            for message in parser.feed(frame):
                inbox.append(v1.SERVER_MESSAGE.decode(decompress_frame(message.payload)))

        self.inboxes[client] = inbox
        self.sessions[client] = Session(
            self.database,
            self.subscriptions,
            deliver,
            identity=greeting.identity,
            connection_id=greeting.connection_id,
            token=greeting.token,
            compression=agreed_compression(Compression(self.header["compression"])),
            light=self.header["light"],
            clock=lambda: self.now,
        )
        self.sessions[client].open()


def decoded(event: dict[str, Any]) -> v1.ServerMessage:
    frame = base64.b64decode(event["binary"])
    message: v1.ServerMessage = v1.SERVER_MESSAGE.decode(decompress_frame(frame))
    return message


class Comparable:
    """Turns messages into plain values without what may differ."""

    def __init__(self, database: Database) -> None:
        self._codecs = {
            table.name: database.datastore.space.codec(Ref(table.row_ref))
            for table in database.definition.tables
        }

    def __call__(self, value: Any) -> Any:
        if isinstance(value, v1.TableUpdate):
            updates = [self._query_update(value.table_name, part) for part in value.updates]
            return value.table_id, value.table_name, value.num_rows, sorted(updates)
        if isinstance(value, v1.DatabaseUpdate):
            return sorted(self(table) for table in value.tables)
        if isinstance(value, v1.OneOffTable):
            return value.table_name, self._rows(value.table_name, value.rows)
        if isinstance(value, v1.ReducerCallInfo) and value.reducer_name == "tick":
            row = self._row("tick_timer", value.args)
            return value.reducer_name, value.reducer_id, row, value.request_id
        if isinstance(value, v1.Failed):
            return "Failed", re.sub(r"(invalid arguments for reducer \w+:).*", r"\1", value.value)
        if isinstance(value, (v1.EnergyQuanta, TimeDuration, Timestamp)):
            return type(value).__name__
        if is_dataclass(value) and not isinstance(value, type):
            parts = {
                field.name: self(getattr(value, field.name))
                for field in fields(value)
                if field.name != "total_host_execution_duration_micros"
            }
            return type(value).__name__, parts
        return [self(item) for item in value] if isinstance(value, list) else value

    def _query_update(self, table: str, part: v1.CompressableQueryUpdate) -> Any:
        assert isinstance(part, v1.Uncompressed)
        return self._rows(table, part.value.deletes), self._rows(table, part.value.inserts)

    def _rows(self, table: str, rows: v1.RowList) -> list[str]:
        return sorted(self._row(table, row) for row in row_bytes(rows))

    def _row(self, table: str, data: bytes) -> str:
        row = self._codecs[table].decode(data)
        return repr([plain(getattr(row, name)) for name in row.__sats_fields__])


def plain(value: Any) -> Any:
    """A column's value, without the moment of the recording."""
    if isinstance(value, Timestamp) and value.micros > RECORDED_SINCE:
        return "a moment of the recording"
    if isinstance(value, ScheduleAt.Time):
        return "a time to run at"
    return value.name if isinstance(value, Enum) else value


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_recorded_frames_are_answered_as_they_were(path: Path) -> None:
    replay = Replay(path)
    comparable = Comparable(replay.database)
    count = 0
    for recorded, ours in replay.play():
        assert comparable(ours) == comparable(recorded)
        count += 1
    assert count >= 3


def test_row_bytes_are_the_recorded_ones() -> None:
    """Whole updates, byte by byte, where one row leaves or comes at a time: several have no order to be held to."""
    # 1.2.0 never says that changed rows have a fixed size; 2.8.3 does.
    path = GOLDEN / "server-2.8.3-module-1x" / "v1.bsatn.items.jsonl"
    compared = 0
    for recorded, ours in Replay(path).play():
        if not isinstance(recorded, v1.TransactionUpdate) or not isinstance(recorded.status, v1.Committed):
            continue
        assert isinstance(ours, v1.TransactionUpdate)
        lists = [
            rows
            for table in recorded.status.value.tables
            for part in table.updates
            if isinstance(part, v1.Uncompressed)
            for rows in (part.value.deletes, part.value.inserts)
        ]
        if lists and all(len(row_bytes(rows)) <= 1 for rows in lists):
            expected = v1.SERVER_MESSAGE.encode(v1.TransactionUpdateLight(0, recorded.status.value))
            assert isinstance(ours.status, v1.Committed)
            assert v1.SERVER_MESSAGE.encode(v1.TransactionUpdateLight(0, ours.status.value)) == expected
            compared += 1
    assert compared >= 5
