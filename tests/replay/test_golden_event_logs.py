"""Recorded frames of every subprotocol, played into a client: its cache after each message and its callbacks, in order.

What is right is worked out by a small model that hears the v1.json recording of the same scenario. Two recordings differ in
times and connection ids, and in the order of rows within a message: rows are held to the order that is promised (inserts
and updates of a table, then its deletes), and else compared without order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.protocol.compression import has_brotli
from tests.codegen.golden import conformance, conformance_2x
from tests.conformance.transcripts import events, json_twin, named, of_protocol, protocol_of, twin
from tests.places import RECORDINGS
from tests.replay.event_model import Model
from tests.replay.golden_player import Player

# Nothing that v1 knows is like a batch of v3, and to v1 event tables are closed: those have tests of their own.
TRANSCRIPTS = [
    path
    for protocol in ("v1.bsatn", "v1.json", "v2.bsatn", "v3.bsatn")
    for path in of_protocol(protocol)
    if (has_brotli() or "brotli" not in path.name)
    and "batched" not in path.name
    and (protocol.startswith("v1") or "events" not in path.name)
]
BINDINGS = {
    "server-1.2.0": conformance,
    "server-2.8.3": conformance_2x,
    "server-2.8.3-module-1x": conformance,
}
RECORDED_SINCE = 1_790_000_000_000_000
ROW_OPS = ("insert", "update", "delete")


def heard(path: Path) -> Iterator[tuple[str, Any]]:
    """(client, frame) of everything the server said."""
    for event in events(path):
        if event.kind == "recv":
            yield event.client, event.payload


def masked(value: Any, connections: set[int]) -> Any:
    """`value` without what no two recordings share."""
    kind = type(value)
    if kind is list or kind is tuple:
        return [masked(item, connections) for item in value]
    if kind is int:
        if value in connections:
            return "a connection"
        return "a time" if RECORDED_SINCE < value < RECORDED_SINCE + 10**14 else value
    if kind is str and ("ConnectionId(" in value or "invalid arguments" in value):
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


def check_order(told: list[tuple[Any, ...]], keys: dict[str, int | None]) -> None:
    """A table's callbacks come together, and its deletes last; first where it has no primary key."""
    rows = [
        (entry[1], (entry[0] == "delete") is (keys[entry[1]] is not None))
        for entry in told
        if entry[0] in ROW_OPS
    ]
    places = [place for place, _ in groupby(rows)]
    tables = [table for table, _ in groupby(table for table, _ in places)]
    assert len(tables) == len(set(tables))
    assert all(sorted(group) == group for group in (list(g) for _, g in groupby(places, key=lambda p: p[0])))


def keys_of(path: Path, known: Iterable[str]) -> dict[str, int | None]:
    """The column of the primary key by table, None where there is none; of the tables the bindings know."""
    schema = json.loads((RECORDINGS / path.parent.name / "schema.v9.json").read_text())
    keys = {table["name"]: next(iter(table["primary_key"]), None) for table in schema["tables"]}
    return {name: keys.get(name) for name in known}


class Session:
    """A scenario with a player and a model for each of its clients."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bindings = BINDINGS[path.parent.name]
        self.protocol = protocol_of(path)
        self.twin = {"v1.json": path, "v1.bsatn": json_twin(path)}.get(self.protocol, twin(path, "v1.json"))
        self.keys = keys_of(path, self.bindings.MODULE.tables)
        self.players: dict[str, Player] = {}
        self.models: dict[str, Model] = {}
        said = [(event.client, event.payload) for event in events(self.twin) if event.kind == "recv"]
        self.twins = {client: iter([frame for who, frame in said if who == client]) for client in dict(said)}
        self.connections = connections_of(self.twin)

    def play(self, opened: ExitStack) -> None:
        for event in events(self.path):
            if event.client not in self.players:
                player = self.players[event.client] = Player(self.bindings, self.protocol)
                opened.callback(player.client.close)
                unknown = None if self.protocol.startswith("v1") else player.passed_on
                self.models[event.client] = Model(self.keys, unknown)
            if event.kind == "send" and event.payload is not None:
                self.players[event.client].say(event.payload)
            elif event.kind == "recv" and event.payload is not None:
                self.hear(event.client, event.payload)
        assert all(next(left, None) is None for left in self.twins.values())
        for player in self.players.values():
            player.check_answers()

    def hear(self, client: str, frame: Any) -> None:
        player, model = self.players[client], self.models[client]
        before, told = player.heard, player.hear(frame)
        texts = [str(next(self.twins[client])) for _ in range(player.heard - before)]
        if player.client.connection_id is not None:
            self.connections.add(int.from_bytes(player.client.connection_id.to_le(), "little"))
        expected = [entry for text in texts for entry in model.hear(text) if self.is_told(player, entry)]
        if len(texts) == 1:
            check_order(told, self.keys)
        assert unordered(told, self.connections) == unordered(expected, self.connections), texts[0][:300]
        for table in self.keys:
            assert self.rows(player, table) == self.rows(model, table), table

    def is_told(self, player: Player, entry: tuple[Any, ...]) -> bool:
        """Not of reducers that the bindings lack, and no answer to what no public call has asked."""
        if entry[0] == "answer":
            return entry[1] not in player.passed_on
        return entry[0] != "reducer" or entry[1] in self.bindings.MODULE.reducers

    def rows(self, told: Player | Model, table: str) -> list[Any]:
        return sorted((masked(row, self.connections) for row in told.rows(table)), key=json.dumps)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=named)
def test_cache_callbacks_and_frames_are_those_of_model_and_recording(path: Path) -> None:
    session = Session(path)
    with ExitStack() as opened:
        session.play(opened)


@pytest.mark.parametrize(
    "path", [*of_protocol("v2.bsatn.events"), *of_protocol("v3.bsatn.events")], ids=named
)
def test_rows_of_event_tables_are_told_as_inserts_and_never_kept(path: Path) -> None:
    players: dict[str, Player] = {}
    with ExitStack() as opened:
        for event in events(path):
            if event.client not in players:
                players[event.client] = Player(BINDINGS[path.parent.name], protocol_of(path))
                opened.callback(players[event.client].client.close)
            if event.kind == "send" and event.payload is not None:
                players[event.client].say(event.payload)
            elif event.kind == "recv" and event.payload is not None:
                players[event.client].hear(event.payload)
                assert players[event.client].rows("announcement") == []
        heard = {name: announced(player) for name, player in players.items()}
        ann, bo = (f"0x{players[name].client.identity}" for name in "ab")
        for player in players.values():
            player.check_answers()
    # `a` hears everything and is told who did what of her own calls; `b` asked for what is urgent.
    many = [("many", part) for part in range(3)]
    more = [("many more", part) for part in range(3)]
    assert heard["a"] == [
        ("hi", 1, ("announce", "committed", "", ann)),
        ("low", 0, ("announce", "committed", "", ann)),
        *((*said, ("announce_thrice", "committed", "", ann)) for said in many),
        *((*said, ("", "committed", "", None)) for said in more),
    ]
    assert heard["b"] == [
        ("hi", 1, ("", "committed", "", None)),
        *((*said, ("", "committed", "", None)) for said in many[1:]),
        *((*said, ("announce_thrice", "committed", "", bo)) for said in more[1:]),
    ]
    failure = ("announce_and_fail", "failed", "announced and failed", ann)
    assert ("event", *failure) in players["a"].told
    assert ("reducer", *failure) in players["a"].told
    assert ("answer", 0, []) in players["a"].told


def announced(player: Player) -> list[tuple[Any, ...]]:
    rows = [entry for entry in player.told if entry[1:2] == ("announcement",)]
    assert {entry[0] for entry in rows} == {"insert"}
    assert {entry[2] for entry in rows} == {None}
    return [(*new[1:], event) for _, _, _, new, event in rows]


@pytest.mark.parametrize("path", of_protocol("v3.bsatn.batched"), ids=named)
def test_a_batch_is_heard_message_by_message(path: Path) -> None:
    """A whole conversation in one frame each way."""
    with ExitStack() as opened:
        player = Player(BINDINGS[path.parent.name], "v3.bsatn")
        opened.callback(player.client.close)
        for event in events(path):
            if event.client == "a" and event.kind == "send" and event.payload is not None:
                player.say(event.payload)
            elif event.client == "a" and event.kind == "recv" and event.payload is not None:
                player.hear(event.payload)
        me = f"0x{player.client.identity}"
        notes = [[[me], f"n{number}"] for number in range(5)]
        who = ("write_note", "committed", "", me)
        assert player.told == [
            *(("connect",), ("identity",), ("applied",)),
            *(
                entry
                for note in notes
                for entry in (("insert", "note", None, note, who), ("event", *who), ("reducer", *who))
            ),
            ("answer", 0, notes),
        ]
        player.check_answers()
