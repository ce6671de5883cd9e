"""With `sync="full"` every confirmed commit was synced before its caller heard of it: seen at SQLite's own file calls."""

from __future__ import annotations

import _sqlite3
import ctypes
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.engine.database import Database
from spacetimedb_sdk.standalone.errors import StorageError
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from spacetimedb_sdk.standalone.storage.journal import Sync
from spacetimedb_sdk.standalone.web.connection import Connection
from tests.conformance.conformance_module import Note, module
from tests.standalone.http_client import JSON, ask
from tests.standalone.raw_client import RawClient

_JOURNAL_POINTER = 28  # SQLITE_FCNTL_JOURNAL_POINTER: the file of the write-ahead log


class IoMethods(ctypes.Structure):
    """The beginning of sqlite3_io_methods; what follows is copied as it is."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)),
        ("truncate", ctypes.c_void_p),
        ("sync", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)),
        ("others", ctypes.c_void_p * 14),
    )  # fmt: skip


@contextmanager
def watched(connection: sqlite3.Connection, note: Callable[[str], None]) -> Iterator[None]:
    """Notes "W" for every write to the write-ahead log and "S" for every sync of it that succeeded."""
    library = ctypes.CDLL(_sqlite3.__file__)
    # CPython's Connection begins with its `sqlite3 *db`.
    database = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__)
    file = ctypes.c_void_p()
    assert library.sqlite3_file_control(database, b"main", _JOURNAL_POINTER, ctypes.byref(file)) == 0
    methods = ctypes.cast(file, ctypes.POINTER(ctypes.POINTER(IoMethods)))
    theirs = methods[0].contents
    changed = IoMethods.from_buffer_copy(theirs)

    def write(opened: int, data: int, size: int, offset: int) -> int:
        note("W")
        return int(theirs.write(opened, data, size, offset))

    def sync(opened: int, flags: int) -> int:
        code = int(theirs.sync(opened, flags))
        if code == 0:
            note("S")
        return code

    kinds: dict[str, Any] = dict(IoMethods._fields_)
    changed.write, changed.sync = kinds["write"](write), kinds["sync"](sync)
    methods[0] = ctypes.pointer(changed)
    try:
        yield
    finally:
        methods[0] = ctypes.pointer(theirs)


def events_of_twenty_calls(data_dir: Path, sync: Sync, monkeypatch: pytest.MonkeyPatch) -> str:
    """W and S as above, D for a frame given to the connection of a client with confirmed reads."""
    events: list[str] = []
    deliver = Connection.deliver

    def noted(connection: Connection, frame: bytes) -> None:
        events.append("D")
        deliver(connection, frame)

    def storage_of(database: Database) -> Storage:
        assert isinstance(database.storage, Storage)
        return database.storage

    with Server(module, database="one", data_dir=data_dir, sync=sync) as server:
        storage = server.run(storage_of)
        with RawClient(server, query="compression=None&confirmed=true") as client:
            client.subscribe("SELECT * FROM note")
            with watched(storage.journal.connection, events.append):
                monkeypatch.setattr(Connection, "deliver", noted)
                for number in range(10):
                    client.call("write_note", f"waits {number}")
                    assert isinstance(client.receive(), v1.TransactionUpdate)
                for number in range(10):
                    client.call("write_note", f"does not wait {number}")
                for _ in range(10):
                    assert isinstance(client.receive(), v1.TransactionUpdate)
                monkeypatch.undo()
    return "".join(events)


def test_full_syncs_before_it_confirms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = events_of_twenty_calls(tmp_path, "full", monkeypatch)
    assert events.count("D") == 20
    assert events.count("S") > 10
    before = [events[:place].rstrip("D")[-1] for place, event in enumerate(events) if event == "D"]
    assert before == ["S"] * 20, events


@pytest.mark.parametrize("route", ["call", "sql"])
def test_full_syncs_before_it_answers_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    events: list[str] = []
    prepare = web.Response.prepare

    async def noted(response: web.Response, request: web.BaseRequest) -> Any:
        events.append("D")
        return await prepare(response, request)

    statement = f"INSERT INTO note (author, text) VALUES (0x{'ab' * 32}, 'kept')"
    path, body = ("call/write_note", '["kept"]') if route == "call" else ("sql", statement)
    with Server(module, database="one", data_dir=tmp_path, sync="full") as server:
        storage = server.run(lambda database: database.storage)
        assert isinstance(storage, Storage)
        with watched(storage.journal.connection, events.append):
            monkeypatch.setattr(web.Response, "prepare", noted)
            for _ in range(10):
                answer = ask(server, "POST", f"/v1/database/one/{path}", body, JSON, token=server.owner_token)
                assert answer.status == 200
            monkeypatch.undo()
    assert events.count("D") == 10
    before = [events[place - 1] for place, event in enumerate(events) if event == "D"]
    assert before == ["S"] * 10, events


def test_normal_writes_before_it_confirms_and_syncs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = events_of_twenty_calls(tmp_path, "normal", monkeypatch)
    assert events.count("D") == 20
    assert "S" not in events
    assert events.startswith("W")


def test_a_full_disk_ends_the_server_and_nobody_is_told_what_is_not_kept(tmp_path: Path) -> None:
    def shrink(database: Database) -> None:
        assert isinstance(database.storage, Storage)
        (pages,) = database.storage.journal.connection.execute("PRAGMA page_count").fetchone()
        database.storage.journal.connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    server = Server(module, database="one", data_dir=tmp_path).start()
    confirmed = 0
    with RawClient(server, query="compression=None&confirmed=true") as client:
        server.run(shrink)
        client.call("write_note", "x" * 1000)
        while frame := client.socket.recv():  # until the Close
            assert isinstance(frame, bytes)
            assert isinstance(v1.SERVER_MESSAGE.decode(frame[1:]), v1.TransactionUpdate)
            confirmed += 1
            client.call("write_note", f"{confirmed} " + "x" * 1000)
    with pytest.raises(StorageError, match=r"one.sqlite cannot be used .*full.*: make room and start again"):
        server.stop()
    assert 0 < confirmed < 100
    with Server(module, database="one", data_dir=tmp_path) as server:
        assert server.run(lambda database: len(database.rows(Note))) == confirmed
