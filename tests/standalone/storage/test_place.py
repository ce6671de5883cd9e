"""Files that are removed, moved or replaced under a running server: it ends with a sentence, and confirms nothing that no
later one would find."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import ConnectError, HttpError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.errors import StorageError
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from spacetimedb_sdk.standalone.storage.journal import Sync
from tests.plugins.waiting import until
from tests.standalone.storage.kill_module import Entry, module

OWNER = Database(module, clock=lambda: 0).owner
GONE = "is not there any more: it was removed, moved or replaced while the server ran"


def written(folder: Path) -> tuple[Storage, Database]:
    storage = Storage(folder / "kill.sqlite")
    database = Database(module, clock=lambda: 0, storage=storage)
    write(database)
    return storage, database


def write(database: Database) -> None:
    database.call("add", 0, 1, b"", sender=OWNER)


def entries(folder: Path) -> int:
    storage = Storage(folder / "kill.sqlite")
    try:
        return len(Database(module, clock=lambda: 0, storage=storage).rows(Entry))
    finally:
        storage.close()


def removed(folder: Path) -> None:
    shutil.rmtree(folder)


def moved(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))


def replaced(folder: Path) -> None:
    moved(folder)
    folder.mkdir()
    shutil.copy(folder.with_name("moved") / "kill.sqlite", folder)


def without_database(folder: Path) -> None:
    (folder / "kill.sqlite").unlink()


def without_log(folder: Path) -> None:
    (folder / "kill.sqlite-wal").unlink()


LOSSES = [removed, moved, replaced, without_database, without_log]


@pytest.mark.parametrize("sync", ["normal", "full"])
@pytest.mark.parametrize("lose", LOSSES)
def test_a_server_whose_files_have_gone_ends(
    tmp_path: Path, lose: Callable[[Path], None], sync: Sync
) -> None:
    server = Server(module, database="kill", data_dir=tmp_path / "data", sync=sync).start()
    client = HttpClient(server.url, server.owner_token)
    client.call("kill", "add", [0, 1, b"".hex()])
    lose(tmp_path / "data")

    def has_ended() -> bool:
        try:
            client.call("kill", "add", [0, 2, b"".hex()])
        except (ConnectError, HttpError):
            return True
        return False

    until(has_ended)
    with pytest.raises(StorageError, match=GONE):
        server.stop()


@pytest.mark.parametrize("lose", LOSSES)
def test_what_has_gone_is_said_at_the_end_too(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    storage, _ = written(tmp_path / "data")
    lose(tmp_path / "data")
    with pytest.raises(StorageError, match=GONE):
        storage.close()


def test_the_note_of_the_last_commit_is_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    storage, database = written(tmp_path)
    (tmp_path / "kill.sqlite-last").unlink()
    write(database)
    storage.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}/kill.sqlite-last was removed or replaced while the server ran: it is made anew"
    ]
    assert entries(tmp_path) == 2
    assert len(caplog.records) == 1


def test_files_that_stay_are_no_loss(tmp_path: Path) -> None:
    storage, database = written(tmp_path)
    storage.checkpoint()
    write(database)
    storage.close()
    assert entries(tmp_path) == 2
