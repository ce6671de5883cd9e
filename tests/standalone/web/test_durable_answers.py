"""No route answers before what it did is on disk, and a read leaves nothing there."""

from __future__ import annotations

import http.client
import json
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spacetimedb_sdk.module import ConnectionId, Module, ReducerContext, Row, column, u32
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.errors import StorageError
from spacetimedb_sdk.standalone.storage.commit_log import Storage, Work
from spacetimedb_sdk.standalone.storage.records import RecordReader
from tests.conformance.conformance_2x_module import module
from tests.plugins.waiting import PATIENCE
from tests.standalone.http_client import JSON, ask, sql

NOTE = json.dumps(["kept"])
ROUTES = {
    "call": ("POST", "/v1/database/two/call/write_note", NOTE),
    "failed call": ("POST", "/v1/database/two/call/fail", NOTE),
    "procedure": ("POST", "/v1/database/two/call/write_note_slowly", NOTE),
    "statement": (
        "POST",
        "/v1/database/two/sql",
        f"INSERT INTO note (author, text) VALUES (0x{'ab' * 32}, 'kept')",
    ),
}


class SlowDisk:
    """Writes of every storage wait until `go_on`; `failure` is what they raise then."""

    def __init__(self) -> None:
        self.writing = threading.Event()
        self.go_on = threading.Event()
        self.failure: StorageError | None = None


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk()
    disk.go_on.set()
    write = Storage.write

    def slowly(storage: Storage, work: Work) -> None:
        disk.writing.set()
        assert disk.go_on.wait(PATIENCE)
        if disk.failure is not None:
            raise disk.failure
        write(storage, work)

    monkeypatch.setattr(Storage, "write", slowly)
    yield disk
    disk.go_on.set()


@contextmanager
def asked(server: Server, route: str) -> Iterator[http.client.HTTPConnection]:
    method, path, body = ROUTES[route]
    connection = http.client.HTTPConnection(server.host, timeout=PATIENCE)
    try:
        connection.request(
            method, path, body or None, {**JSON, "Authorization": f"Bearer {server.owner_token}"}
        )
        yield connection
    finally:
        connection.close()


@pytest.mark.parametrize("route", ROUTES)
def test_an_answer_waits_for_the_disk(route: str, disk: SlowDisk, tmp_path: Path) -> None:
    # Under "full" a thread waits for the disk, so that the server can be asked something else meanwhile.
    with Server(module, database="two", data_dir=tmp_path, sync="full") as server:
        disk.writing.clear()
        disk.go_on.clear()
        with asked(server, route) as connection:
            assert disk.writing.wait(PATIENCE)
            assert ask(server, "GET", "/v1/ping").status == 200
            assert ask(server, "GET", "/v1/ping").status == 200
            assert select.select([connection.sock], [], [], 0)[0] == []
            disk.go_on.set()
            assert connection.getresponse().status in (200, 530)


@pytest.mark.parametrize("route", ["call", "procedure", "statement"])
def test_what_the_disk_does_not_take_is_not_confirmed(route: str, disk: SlowDisk, tmp_path: Path) -> None:
    server = Server(module, database="two", data_dir=tmp_path, sync="full").start()
    disk.failure = StorageError(tmp_path, "is full", "make room")
    with asked(server, route) as connection:
        try:
            answer = connection.getresponse()
            assert (answer.status, "could not be kept" in answer.read().decode()) == (503, True)
        except (OSError, http.client.HTTPException):
            pass  # cut off is as good: nothing was confirmed
    with pytest.raises(StorageError, match="is full"):
        server.stop()


def test_reads_commit_nothing(tmp_path: Path) -> None:
    quiet = Module("quiet", style="2.x")

    @quiet.table(public=True)
    class Item(Row):
        item_id: u32 = column(primary_key=True)

    @quiet.reducer
    def nothing(ctx: ReducerContext) -> None:
        """Changes nothing."""

    @quiet.client_connected
    def connect(ctx: ReducerContext) -> None:
        """Looks, and changes nothing."""

    with Server(quiet, data_dir=tmp_path) as server:
        before = server.run(lambda database: database.storage.position)
        for path in ("", "/schema?version=9", "/names", "/identity", "/logs", "/unstable/timestamp"):
            assert ask(server, "GET", "/v1/database/quiet" + path, token=server.owner_token).status == 200
        for _ in range(5):
            assert sql(server, "SELECT * FROM item").status == 200
            assert ask(server, "POST", "/v1/database/quiet/call/nothing", "[]", JSON).status == 200
        assert server.run(lambda database: database.storage.position) == before


def test_who_was_cut_off_in_the_middle_is_remembered_with_what_was_committed(tmp_path: Path) -> None:
    """A brief client is written with the first commit after it, so that its disconnect reducer runs after a kill."""
    storage = Storage(tmp_path / "one.sqlite")
    database = Database(module, clock=lambda: 0, storage=storage)
    me, connection_id = database.owner, ConnectionId.random()
    database.connect(me, connection_id, brief=True)
    database.call("write_note", "kept", sender=me, connection_id=connection_id)
    storage.abandon()
    storage = Storage(tmp_path / "one.sqlite")
    reader = RecordReader(Database(module, clock=lambda: 0).datastore.stores)
    for block in storage.blocks():
        reader.apply(block)
    assert list(reader.clients) == [(me, connection_id)]
    storage.abandon()
