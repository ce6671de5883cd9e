"""Recorded frames of every subprotocol, played into a client: its cache after each message and its callbacks, in order.

What is right is worked out by a small model that hears the v1.json recording of the same scenario. Two recordings differ in
times and connection ids, and in the order of rows within a message: rows are held to the order that is promised (inserts
and updates of a table, then its deletes), and else compared without order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from codegen.golden import conformance, conformance_2x
from conformance.transcripts import GOLDEN, events, json_twin, named, of_protocol, twin

from spacetimedb_sdk import SpacetimeDBClient
from spacetimedb_sdk.protocol.compression import has_brotli
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.sats.sats_json import json_encoder
from spacetimedb_sdk.testing import ScriptedTransport

from .event_model import Model, positional

TRANSCRIPTS = [path for path in of_protocol("v1.bsatn") if has_brotli() or "brotli" not in path.name]
TRANSCRIPTS += of_protocol("v1.json")
BINDINGS = {
    "server-1.2.0": conformance,
    "server-2.8.3": conformance_2x,
    "server-2.8.3-module-1x": conformance,
}
RECORDED_SINCE = 1_790_000_000_000_000
ROW_OPS = ("insert", "update", "delete")


class Listener:
    """A client that notes every callback, its rows as the model writes them."""

    def __init__(self, bindings: ModuleType, protocol: str) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.transport = ScriptedTransport(subprotocol=f"{protocol}.spacetimedb")
        self.client = SpacetimeDBClient(bindings)
        module = bindings.MODULE
        self.as_json = {
            name: json_encoder(module.space, Ref(table.row), positional=True)
            for name, table in module.tables.items()
        }
        self.client.set_callbacks(
            on_connect=lambda: self.told.append(("connect",)),
            on_identity=lambda *_: self.told.append(("identity",)),
            on_error=lambda _: self.told.append(("error",)),
        )
        self.client.register_on_subscription_applied(lambda: self.told.append(("applied",)))
        self.client.register_on_event(self._on_event)
        for name in module.tables:
            self.client.register_row_update(name, self._on_row(name))
        for name in module.reducers:
            self.client.register_on_reducer(name, self._on_reducer(name))
        self.transport.connect_client(bindings, self.client, protocol=protocol.removesuffix(".bsatn"))

    def row(self, table: str, row: Any) -> Any:
        return None if row is None else positional(self.as_json[table](row))

    def rows(self, table: str) -> list[Any]:
        return [self.row(table, row) for row in self.client.cache.table(table)]

    def _on_row(self, table: str) -> Callable[..., None]:
        def note(row_op: str, old: Any, new: Any, event: Any) -> None:
            called = event and (event.reducer_name, event.status, event.message)
            self.told.append((row_op, table, self.row(table, old), self.row(table, new), called))

        return note

    def _on_event(self, update: Any) -> None:
        event = update.reducer_event
        self.told.append(("event", event.reducer_name, event.status, event.message))

    def _on_reducer(self, name: str) -> Callable[..., None]:
        def note(identity: Any, address: Any, status: str, message: str, *args: Any) -> None:
            self.told.append(("reducer", name, status, message))

        return note

    def hear(self, frame: bytes | str) -> list[tuple[Any, ...]]:
        before = len(self.told)
        self.transport.link.receive(frame)
        self.client.update()
        return self.told[before:]


def heard(path: Path) -> Iterator[tuple[str, Any]]:
    """(client, frame) of everything the server said."""
    for event in events(path):
        if event.kind == "recv":
            yield event.client, event.payload


def masked(value: Any, connections: set[int]) -> Any:
    """`value` without what no two recordings share."""
    if isinstance(value, list | tuple):
        return [masked(item, connections) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        if value in connections:
            return "a connection"
        return "a time" if RECORDED_SINCE < value < RECORDED_SINCE + 10**14 else value
    if isinstance(value, str):
        text = re.sub(r"ConnectionId\(\w+\)", "ConnectionId", value)
        return re.sub(r"(invalid arguments for reducer \w+:).*", r"\1", text)
    return value


def connections_of(path: Path) -> set[int]:
    """Connection ids as the JSON of a recording has them."""
    greetings = [json.loads(frame) for _, frame in heard(path) if '"IdentityToken"' in frame]
    return {greeting["IdentityToken"]["connection_id"]["__connection_id__"] for greeting in greetings}


def unordered(told: list[tuple[Any, ...]], connections: set[int]) -> list[Any]:
    """The log with its row callbacks sorted, table by table, each side of the promise for itself."""
    log: list[Any] = []
    for is_row, group in groupby(told, key=lambda entry: entry[0] in ROW_OPS):
        entries = [masked(entry, connections) for entry in group]
        if is_row:
            entries.sort(key=lambda entry: (entry[1], entry[0] == "delete", json.dumps(entry)))
        log += entries
    return log


def check_order(told: list[tuple[Any, ...]]) -> None:
    """A table's callbacks come together, and its deletes last."""
    rows = [(entry[1], entry[0] == "delete") for entry in told if entry[0] in ROW_OPS]
    places = [place for place, _ in groupby(rows)]
    tables = [table for table, _ in groupby(table for table, _ in places)]
    assert len(tables) == len(set(tables))
    assert all(sorted(group) == group for group in (list(g) for _, g in groupby(places, key=lambda p: p[0])))


def keys_of(path: Path, known: Iterable[str]) -> dict[str, int | None]:
    """The column of the primary key by table, None where there is none; of the tables the bindings know."""
    schema = json.loads((GOLDEN / path.parent.name / "schema.v9.json").read_text())
    keys = {table["name"]: next(iter(table["primary_key"]), None) for table in schema["tables"]}
    return {name: keys.get(name) for name in known}


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_cache_and_callbacks_are_those_of_the_model(path: Path) -> None:
    bindings = BINDINGS[path.parent.name]
    keys = keys_of(path, bindings.MODULE.tables)
    is_json = path.name.startswith("v1.json")
    spoken = path if is_json else json_twin(path)
    listeners: dict[str, Listener] = {}
    models: dict[str, Model] = {}
    binary, text = list(heard(path)), list(heard(spoken))
    connections = connections_of(spoken) | {
        int.from_bytes(frame[-16:], "little") for _, frame in binary if frame[:2] == b"\0\3"
    }
    for client in {client for client, _ in binary}:
        listeners[client], models[client] = (
            Listener(bindings, "v1.json" if is_json else "v1.bsatn"),
            Model(keys),
        )
        frames = [frame for who, frame in binary if who == client]
        twins = [frame for who, frame in text if who == client]
        for frame, said in zip(frames, twins, strict=True):
            told, expected = listeners[client].hear(frame), models[client].hear(said)
            expected = [
                entry for entry in expected if entry[0] != "reducer" or entry[1] in bindings.MODULE.reducers
            ]
            check_order(told)
            assert unordered(told, connections) == unordered(expected, connections), said[:300]
            for table in keys:
                ours = sorted(
                    (masked(row, connections) for row in listeners[client].rows(table)), key=json.dumps
                )
                theirs = sorted(
                    (masked(row, connections) for row in models[client].rows(table)), key=json.dumps
                )
                assert ours == theirs, table
        listeners[client].client.close()


NEWER = [
    path for path in [*of_protocol("v2.bsatn"), *of_protocol("v3.bsatn")] if twin(path, "v1.json").exists()
]


@pytest.mark.parametrize("path", NEWER, ids=named)
def test_newer_protocols_tell_the_same_changes_of_rows(path: Path) -> None:
    """v2 and v3 hide who did it and put other rows into one message; what happened to each row is the same."""
    bindings = BINDINGS[path.parent.name]
    keys = {
        name: key for name, key in keys_of(path, bindings.MODULE.tables).items() if name != "announcement"
    }
    spoken = twin(path, "v1.json")
    connections = connections_of(spoken)
    protocol = path.name[: len("v2.bsatn")]
    listeners: dict[str, Listener] = {}
    models: dict[str, Model] = {}
    told: dict[str, list[Any]] = {}
    expected: dict[str, list[Any]] = {}
    for client, frame in heard(path):
        if client not in listeners:
            listeners[client] = Listener(bindings, protocol)
        listener = listeners[client]
        told.setdefault(client, []).extend(
            e for e in listener.hear(frame) if e[0] in ROW_OPS and e[1] in keys
        )
    for client, said in heard(spoken):
        model = models.setdefault(client, Model(keys))
        expected.setdefault(client, []).extend(e for e in model.hear(said) if e[0] in ROW_OPS)
    for client, entries in told.items():
        assert changes(entries, connections) == changes(expected[client], connections)
        listeners[client].client.close()


def changes(entries: list[Any], connections: set[int]) -> list[str]:
    return sorted(json.dumps(masked(entry[:4], connections)) for entry in entries)
