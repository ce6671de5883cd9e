"""Recorded transcripts, and what of a message counts when two are compared.

Left out: the times of the recording, durations, energy, tokens, the order of rows within a list and of tables within a v1
message, and what comes after `invalid arguments for reducer NAME:` or in a panic's backtrace.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from spacetimedb_sdk.module.definition import ModuleBuild
from spacetimedb_sdk.protocol.compression import decompress_frame
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.protocol.messages.row_lists import RowList
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.types import ScheduleAt, TimeDuration, Timestamp
from tests.places import RECORDINGS
from tests.standalone.raw_client import row_bytes

__all__ = ["MOMENTS", "Comparable", "Transcript", "messages"]

# Every scenario was recorded in these microseconds.
MOMENTS = range(1_790_000_000_000_000, 1_800_000_000_000_000)
_TAILS = (
    re.compile(r"(invalid arguments for (?:reducer|procedure) \w+:).*", re.DOTALL),
    re.compile(r"(The module instance encountered a fatal error).*", re.DOTALL),
)


class Transcript:
    """One recorded scenario: its header and its events."""

    def __init__(self, folder: str, name: str) -> None:
        lines = (RECORDINGS / folder / f"{name}.jsonl").read_text().strip().split("\n")
        self.header, *self.events = map(json.loads, lines)
        self.protocol: str = self.header["protocol"]

    def greeting(self, position: int) -> tuple[str, str]:
        """Identity and connection id of the client that opens at `position`, as hex."""
        client = self.events[position]["client"]
        for event in self.events[position:]:
            if event["event"] == "recv" and event["client"] == client:
                (message,) = messages(self.protocol, payload(event))
                if isinstance(message, dict):
                    token = message["IdentityToken"]
                    number = token["connection_id"]["__connection_id__"]
                    return token["identity"]["__identity__"][2:], f"{number:032x}"
                return str(message.identity), str(message.connection_id)
        raise AssertionError(f"{client} was never greeted")


def payload(event: dict[str, Any]) -> str | bytes:
    text: str | None = event.get("text")
    return base64.b64decode(event["binary"]) if text is None else text


def messages(protocol: str, frame: str | bytes) -> Iterator[Any]:
    """The server messages of one frame: dataclasses, or what JSON says."""
    if isinstance(frame, str):
        yield json.loads(frame)
        return
    codec = v1.SERVER_MESSAGE if protocol.startswith("v1") else v2.SERVER_MESSAGE
    plain = decompress_frame(frame)
    position = 0
    while position < len(plain):
        message, position = codec.decode_from(plain, position)
        yield message


class Comparable:
    """Turns messages into plain values without what may differ."""

    def __init__(self, build: ModuleBuild) -> None:
        space = CodecSpace(build.definition.typespace, build.classes)
        self._codecs = {table.name: space.codec(Ref(table.row_ref)) for table in build.definition.tables}
        for view in build.definition.views:
            self._codecs[view.name] = _row_codec(space, view.return_type)

    def __call__(self, message: Any) -> Any:
        return _json(message) if isinstance(message, dict) else self._binary(message)

    def _binary(self, value: Any, table: str = "") -> Any:
        match value:
            case v1.TableUpdate(table_id, name, num_rows, updates):
                return table_id, name, num_rows, sorted(self._binary(update, name) for update in updates)
            case v1.DatabaseUpdate(tables):
                return sorted(self._binary(item) for item in tables)
            case v1.OneOffTable(name, rows) | v2.SingleTableRows(name, rows):
                return name, self._rows(name, rows)
            case v2.TableUpdate(name, rows):
                return name, sorted(self._binary(item, name) for item in rows)
            case v1.Uncompressed(update):
                return self._rows(table, update.deletes), self._rows(table, update.inserts)
            case RowList():
                return self._rows(table, value)
            case v1.ReducerCallInfo("tick", reducer_id, args, request_id) if args:
                return "tick", reducer_id, self._row("tick_timer", args), request_id
            case v1.EnergyQuanta() | TimeDuration() | Timestamp():
                return type(value).__name__
            case str():
                return _text(value)
            case list():
                return [self._binary(item, table) for item in value]
        if is_dataclass(value) and not isinstance(value, type):
            ignored = ("total_host_execution_duration_micros", "token")
            names = [field.name for field in fields(value) if field.name not in ignored]
            return type(value).__name__, {name: self._binary(getattr(value, name), table) for name in names}
        return value

    def _rows(self, table: str, rows: RowList) -> list[str]:
        return sorted(self._row(table, row) for row in row_bytes(rows))

    def _row(self, table: str, data: bytes) -> str:
        row = self._codecs[table].decode(data)
        return repr([_plain(getattr(row, name)) for name in row.__sats_fields__])


def _row_codec(space: Any, return_type: Any) -> Any:
    """Of the rows of a view, which returns one of them or several."""
    (row,) = [return_type.element] if hasattr(return_type, "element") else [return_type.variants[0].type]
    return space.codec(row)


def _text(text: str) -> str:
    for tail in _TAILS:
        text = tail.sub(r"\1", text)
    return text


def _plain(value: Any) -> Any:
    """A column's value, without the moment of the recording."""
    if isinstance(value, Timestamp) and value.micros in MOMENTS:
        return "a moment of the recording"
    if isinstance(value, ScheduleAt.Time):
        return "a time to run at"
    return value.name if isinstance(value, Enum) else value


def _json(value: Any) -> Any:
    """The same for v1.json, where rows are JSON in JSON, and their shape counts."""
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, dict):
        return "a moment of the recording" if isinstance(value, int) and value in MOMENTS else value
    found = {}
    for name, item in value.items():
        if name in ("token", "energy_quanta_used") or name.startswith("total_host_execution_duration"):
            continue
        if name in ("inserts", "deletes", "rows") and isinstance(item, list):
            found[name] = sorted(json.dumps(_json(json.loads(row))) for row in item)
        elif name in ("tables", "updates"):
            found[name] = sorted(map(_json, item), key=json.dumps)
        elif name == "timestamp":
            continue
        elif name == "args" and value.get("reducer_name") == "tick":
            found[name] = _json(json.loads(item))
        else:
            found[name] = _json(item)
    return found
