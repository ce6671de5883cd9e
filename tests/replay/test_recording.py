"""A session to a file and back: the same rows, the same callbacks, and no token anywhere."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk import SpacetimeDBClient
from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.replay.recording import without_token
from spacetimedb_sdk.replay.scripted_link import ScriptedLink, ScriptedTransport
from spacetimedb_sdk.testing import Recorder, Replay
from tests.codegen.golden import conformance as bindings
from tests.conformance.conformance_module import module
from tests.plugins.waiting import PATIENCE, until

QUERIES = ["SELECT * FROM note", "SELECT * FROM item"]


def telling(said: list[Any]) -> SpacetimeDBClient:
    client = SpacetimeDBClient(bindings)
    for table in ("note", "item"):
        client.register_row_update(
            table, lambda op, old, new, event: said.append((op, old, new, event and event.reducer_name))
        )
    return client


def test_a_replay_says_what_was_said(tmp_path: Path, spacetimedb_server: Any) -> None:
    server = spacetimedb_server(module, database="conformance")
    path, said = tmp_path / "session.jsonl", list[Any]()
    with Recorder(path) as recorder:
        client = telling(said)
        client.connect(None, server.host, "conformance", False, link_factory=recorder.connect, protocol="v1")
        client.subscribe(QUERIES)
        until(lambda: client.is_connected, client)
        token = client.token
        client.call_reducer("write_note", "recorded").result(PATIENCE)
        client.call_reducer("add_items", "thing", 3).result(PATIENCE)
        client.call_reducer("clear_items").result(PATIENCE)
        rows = sorted(client.cache.table("note"), key=repr)
        client.close()
    assert token
    assert token not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    again: list[Any] = []
    replay = Replay(path)
    second = replay.connect_client(bindings, telling(again), protocol="v1")
    second.subscribe(QUERIES)
    replay.play(second)
    assert again == said
    assert sorted(second.cache.table("note"), key=repr) == rows
    assert replay.transport.link.sent == replay.sent[:1]
    assert second.token == ""
    second.close()

    # A server may speak before the link is handed out: the recording begins with its first line all the same.
    early = tmp_path / "early.jsonl"
    scripted = ScriptedTransport(subprotocol=replay.transport.link.subprotocol)

    def eager(*arguments: Any, **options: Any) -> ScriptedLink:
        link = scripted.connect(*arguments, **options)
        link.receive(replay.received[0])
        return link

    with Recorder(early, factory=eager) as recorder:
        third = SpacetimeDBClient(bindings)
        third.connect(None, "localhost", "conformance", False, link_factory=recorder.connect, protocol="v1")
        third.close()
    assert Replay(early).database == "conformance"
    assert len(Replay(early).received) == 1


def test_a_token_where_none_belongs_stops_the_recording() -> None:
    with pytest.raises(DecodeError):
        without_token(b"\0xx-secret-xx", "secret")
    assert without_token(b"\0" + b"\x06\0\0\0secret", "secret") == b"\0" + bytes(4)
    assert without_token('{"token":"secret"}', "secret") == '{"token":""}'


def test_another_file_is_no_session(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"server": "1.2.0"}\n')
    with pytest.raises(ValueError, match="no recorded session"):
        Replay(path)


def test_a_full_disk_ends_the_recording_and_not_the_session(
    spacetimedb_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = spacetimedb_server(module, database="conformance")
    with Recorder("/dev/full") as recorder:
        client = telling([])
        client.connect(None, server.host, "conformance", False, link_factory=recorder.connect, protocol="v1")
        client.subscribe(QUERIES)
        until(lambda: client.is_connected, client)
        for number in range(12):
            assert client.call_reducer("write_note", f"{number} {'x' * 1_000}").result(PATIENCE).committed
        until(lambda: len(client.cache.table("note")) == 12, client)
        client.close()
    assert isinstance(recorder.failure, OSError)
    assert [record.getMessage() for record in caplog.records] == [
        "the recording /dev/full ends here, the session goes on: No space left on device"
    ]


def test_a_disk_that_is_full_at_the_end_is_said(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder("/dev/full")
    recorder.write({"event": "score"})
    recorder.close()
    recorder.close()
    assert isinstance(recorder.failure, OSError)
    assert len(caplog.records) == 1
