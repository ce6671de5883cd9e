"""What v1.bsatn frames say equals what the v1.json recording of the same scenario says, value by value.

Two recordings differ in times, connection ids, energy and durations, in the order of rows, and in nothing else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.protocol.compression import Compression, decompress, decompress_frame
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.sats.json.decoding import json_decoder
from tests.conformance.said import masked, timeless
from tests.conformance.transcripts import Schema, events, json_twin, named, of_protocol, schema_of

pytestmark = pytest.mark.both_decoders

TRANSCRIPTS = of_protocol("v1.bsatn")
Said = tuple[str, str, str, Any, bytes]


def rows_of(row_list: v1.RowList, schema: Schema, table: str) -> Iterator[tuple[Any, bytes]]:
    """Each row's value and its bytes, found by the hint and by nothing else."""
    data, hint = row_list.rows_data, row_list.size_hint
    if isinstance(hint, v1.FixedSize):
        starts = list(range(0, len(data), hint.value))
    else:
        assert isinstance(hint, v1.RowOffsets)
        starts = hint.value
    for start, end in pairwise([*starts, len(data)]):
        yield schema.row_codec(table).decode(data[start:end]), data[start:end]


def bsatn_says(message: Any, schema: Schema) -> Iterator[Said]:
    kind = type(message).__name__
    match message:
        case v1.TransactionUpdate(status=v1.Committed(update)) | v1.TransactionUpdateLight(update=update):
            updates = update.tables
        case v1.InitialSubscription(update) | v1.SubscribeMultiApplied(update=update):
            updates = update.tables
        case v1.UnsubscribeMultiApplied(update=update):
            updates = update.tables
        case v1.SubscribeApplied(rows=rows) | v1.UnsubscribeApplied(rows=rows):
            updates = [rows.table_rows]
        case v1.OneOffQueryResponse(tables=tables):
            for asked in tables:
                for value, data in rows_of(asked.rows, schema, asked.table_name):
                    yield kind, asked.table_name, "row", value, data
            return
        case _:
            return
    for table in updates:
        for part in table.updates:
            match part:
                case v1.Uncompressed(query):
                    pass
                case v1.Brotli(data):
                    query = v1.QUERY_UPDATE.decode(decompress(data, Compression.BROTLI))
                case v1.Gzip(data):
                    query = v1.QUERY_UPDATE.decode(decompress(data, Compression.GZIP))
            for side, row_list in (("delete", query.deletes), ("insert", query.inserts)):
                for value, data in rows_of(row_list, schema, table.table_name):
                    yield kind, table.table_name, side, value, data


def json_says(message: dict[str, Any], schema: Schema) -> Iterator[tuple[str, str, str, Any]]:
    ((kind, body),) = message.items()
    if kind == "OneOffQueryResponse":
        for table in body["tables"]:
            for row in table["rows"]:
                yield kind, table["table_name"], "row", decoded(row, schema, table["table_name"])
        return
    update = body.get("status", {}).get("Committed") if kind == "TransactionUpdate" else None
    update = update or body.get("update") or body.get("database_update")
    if "rows" in body:
        update = {"tables": [body["rows"]["table_rows"]]}
    for table in (update or {"tables": []})["tables"]:
        for part in table["updates"]:
            for side, rows in (("delete", part["deletes"]), ("insert", part["inserts"])):
                for row in rows:
                    yield kind, table["table_name"], side, decoded(row, schema, table["table_name"])


def decoded(row: str, schema: Schema, table: str) -> Any:
    return json_decoder(schema.space, schema.rows[table])(json.loads(row))


def by_client(path: Path, direction: str) -> dict[str, list[Any]]:
    said: dict[str, list[Any]] = defaultdict(list)
    for event in events(path):
        if event.kind == direction:
            said[event.client].append(event.text if event.text is not None else event.binary)
    return said


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_rows_equal_those_of_the_json_twin(path: Path) -> None:
    schema = schema_of(path.parent.name)
    binary, text = by_client(path, "recv"), by_client(json_twin(path), "recv")
    assert binary.keys() == text.keys()
    for client in binary:
        frames = [v1.SERVER_MESSAGE.decode(decompress_frame(frame)) for frame in binary[client]]
        twins = [json.loads(frame) for frame in text[client]]
        assert [type(frame).__name__ for frame in frames] == [next(iter(twin)) for twin in twins]
        for frame, twin in zip(frames, twins, strict=True):
            ours = sorted(
                ((*place, masked(value)) for *place, value, _ in bsatn_says(frame, schema)), key=repr
            )
            theirs = sorted(((*place, masked(value)) for *place, value in json_says(twin, schema)), key=repr)
            assert ours == theirs


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_values_of_the_json_twin_encode_to_the_recorded_row_bytes(path: Path) -> None:
    schema = schema_of(path.parent.name)
    recorded: set[tuple[str, bytes]] = set()
    for frames in by_client(path, "recv").values():
        for frame in frames:
            message = v1.SERVER_MESSAGE.decode(decompress_frame(frame))
            recorded |= {
                (table, data) for _, table, _, value, data in bsatn_says(message, schema) if timeless(value)
            }
    encoded: set[tuple[str, bytes]] = set()
    for texts in by_client(json_twin(path), "recv").values():
        for text in texts:
            for _, table, _, value in json_says(json.loads(text), schema):
                if timeless(value):
                    encoded.add((table, schema.row_codec(table).encode(value)))
    assert encoded == recorded


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_arguments_of_the_json_twin_encode_to_the_recorded_calls(path: Path) -> None:
    schema = schema_of(path.parent.name)
    binary, text = by_client(path, "send"), by_client(json_twin(path), "send")
    for client in binary:
        calls = [v1.CLIENT_MESSAGE.decode(frame) for frame in binary[client]]
        twins = [json.loads(frame) for frame in text[client]]
        for call, twin in zip(calls, twins, strict=True):
            if not isinstance(call, v1.CallReducer) or call.reducer not in schema.params:
                continue
            params, arguments = schema.params[call.reducer], json.loads(twin["CallReducer"]["args"])
            if len(arguments) != len(params.elements):
                continue  # the scenario is about bad arguments
            value = json_decoder(schema.space, params)(arguments)
            if timeless(value):
                assert schema.space.codec(params).encode(value) == call.args
