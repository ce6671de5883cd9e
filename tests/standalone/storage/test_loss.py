"""Confirmed commits that are missing from the disk are noticed and named, and gone on without only by who says so."""

from __future__ import annotations

import logging
import os
import random
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.errors import CommitsLost, StorageError
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from tests.standalone.storage.shop import SECOND, Life, shop

FILES = ("shop.sqlite", "shop.sqlite-wal", "shop.sqlite-last")
ITEMS = 40


def killed(folder: Path) -> dict[str, list[bytes]]:
    """Leaves in `folder` what a kill leaves: commits in the file, others in its write-ahead log. Returns the rows."""
    life = Life(folder.parent / "alive" / "shop.sqlite", snapshot_bytes=1_500)
    for number in range(ITEMS):
        life.call("add", f"item {number}", number)
        if number == ITEMS // 2:
            life.storage.checkpoint()
    shutil.copytree(life.path.parent, folder)
    rows = life.everything()
    life.storage.close()
    return rows


def opened(folder: Path, *, accept_loss: bool = False) -> dict[str, list[bytes]]:
    """The rows that a start finds."""
    storage = Storage(folder / "shop.sqlite", accept_loss=accept_loss)
    try:
        database = Database(shop(), clock=lambda: SECOND, storage=storage)
        stores = database.datastore.stores.values()
        return {store.name: sorted(map(store.encoded, store.rows())) for store in stores}
    finally:
        storage.abandon()


def mutate(path: Path, chance: random.Random) -> str:
    """Does something to a file that no disk should; returns what."""
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data))
    kind = chance.choice(("flip", "flip", "flip", "cut", "zeros", "repeat", "noise"))
    if kind == "flip":
        data[place] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del data[place:]
    elif kind == "zeros":
        data[place : place + 512] = bytes(len(data[place : place + 512]))
    elif kind == "repeat":
        block = data[:512]
        data[place : place + len(block)] = block
    else:
        data[place : place + 8] = chance.randbytes(8)
    path.write_bytes(data)
    return f"{kind} at {place}"


def assert_named(error: StorageError) -> None:
    assert error.path.name in FILES, error
    assert error.remedy


def attack(tmp_path: Path, file: str, count: int) -> int:
    """So many mutations of one file: each is refused and named, or changes nothing. Returns how many were refused."""
    rows = killed(tmp_path / "killed")
    chance = random.Random(f"{file} {count}")
    refused = 0
    for number in range(count):
        folder = tmp_path / "mutated"
        shutil.copytree(tmp_path / "killed", folder)
        done = mutate(folder / file, chance)
        try:
            found = opened(folder)
        except StorageError as error:
            assert_named(error)
            refused += 1
        else:
            assert found == rows, f"{number}: {done}"
        shutil.rmtree(folder)
    return refused


@pytest.mark.parametrize("file", FILES)
def test_mutations_are_refused_or_change_nothing(tmp_path: Path, file: str) -> None:
    assert attack(tmp_path, file, 60) > 10


@pytest.mark.soak
@pytest.mark.parametrize("file", FILES)
def test_many_mutations_are_refused_or_change_nothing(tmp_path: Path, file: str) -> None:
    assert attack(tmp_path, file, 250) > 50


def test_what_a_kill_leaves_is_whole(tmp_path: Path) -> None:
    rows = killed(tmp_path / "killed")
    assert opened(tmp_path / "killed") == rows


def test_a_flipped_bit_in_the_write_ahead_log_is_noticed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = killed(tmp_path / "killed")
    log = tmp_path / "killed" / "shop.sqlite-wal"
    data = bytearray(log.read_bytes())
    data[32 + 24 + 100] ^= 1  # in the page of the first frame
    log.write_bytes(data)
    with pytest.raises(CommitsLost, match=r"has lost the last \d+ of 41 commits .*--accept-loss") as caught:
        opened(tmp_path / "killed")
    missing = caught.value.missing
    assert missing is not None
    with caplog.at_level(logging.WARNING):
        kept = opened(tmp_path / "killed", accept_loss=True)
    assert f"has lost the last {missing} of 41 commits" in caplog.text
    assert len(kept["item"]) == ITEMS - missing
    assert set(kept["item"]) < set(rows["item"])
    # It was told once: what is there now is what there is.
    assert opened(tmp_path / "killed") == kept


@pytest.mark.parametrize("file", ["shop.sqlite-wal", "shop.sqlite"])
def test_a_file_that_is_gone_is_noticed(tmp_path: Path, file: str) -> None:
    killed(tmp_path / "killed")
    (tmp_path / "killed" / file).unlink()
    with pytest.raises(StorageError, match=r"shop\.sqlite"):
        opened(tmp_path / "killed")


@pytest.mark.parametrize("accept_loss", [False, True])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a pipe"])
@pytest.mark.parametrize("file", FILES)
def test_what_is_no_file_is_named_and_left_as_it_is(
    tmp_path: Path, file: str, kind: str, accept_loss: bool
) -> None:
    """A pipe would never open; and a device that is closed to others is one that no program can use."""
    folder = tmp_path / "killed"
    killed(folder)
    (folder / file).unlink()
    place = tmp_path / "pipe" if kind.startswith("link") else folder / file
    if kind == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    if place != folder / file:
        (folder / file).symlink_to(place)
    place.chmod(0o666)
    with pytest.raises(StorageError, match=rf"{file.removesuffix('-wal')}.*\(it is no file\): give another"):
        opened(folder, accept_loss=accept_loss)
    assert stat.S_IMODE(place.stat().st_mode) == 0o666


def test_an_older_file_is_noticed(tmp_path: Path) -> None:
    life = Life(tmp_path / "alive" / "shop.sqlite")
    life.call("add", "old", 1)
    life.again()
    older = life.path.read_bytes()
    life.call("add", "new", 2)
    life.storage.close()
    life.path.write_bytes(older)
    with pytest.raises(CommitsLost, match="has lost the last 1 of 3 commits"):
        life.begin()


def test_a_file_of_another_history_is_noticed(tmp_path: Path) -> None:
    lives = [Life(tmp_path / name / "shop.sqlite") for name in ("one", "other")]
    for life in lives:
        life.call("add", life.path.parent.name, 1)
        life.storage.close()
    lives[1].path.write_bytes(lives[0].path.read_bytes())
    with pytest.raises(CommitsLost, match="has other commits than were confirmed"):
        lives[1].begin()


def test_damage_in_the_middle_is_cut_where_the_loss_is_accepted(tmp_path: Path) -> None:
    life = Life(tmp_path / "shop.sqlite")
    for number in range(5):
        life.call("add", f"item {number}", number)
    life.storage.close()
    with sqlite3.connect(life.path) as other:
        other.execute("UPDATE log SET records = x'0102' WHERE last = 4")
    other.close()
    with pytest.raises(CommitsLost, match="with the commits up to 3"):
        life.begin()
    life.options = {"accept_loss": True}
    life.begin()
    assert [row[1] for row in life.table("item")] == ["item 0", "item 1"]
    life.call("add", "after", 1)
    life.options = {}
    life.again()
    assert [row[1] for row in life.table("item")] == ["item 0", "item 1", "after"]
    life.storage.close()


def test_a_folder_without_the_last_commit_is_opened_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As a backup of the one file is."""
    rows = killed(tmp_path / "killed")
    (tmp_path / "killed" / "shop.sqlite-last").unlink()
    with caplog.at_level(logging.WARNING):
        assert opened(tmp_path / "killed") == rows
    assert "shop.sqlite-last is not there: whether the last commits are missing is not known" in caplog.text
    caplog.clear()
    assert opened(tmp_path / "killed") == rows
    assert not caplog.text


def test_a_file_of_the_release_before_is_taken_up(tmp_path: Path) -> None:
    life = Life(tmp_path / "shop.sqlite", snapshot_bytes=600)
    for number in range(9):
        life.call("add", f"item {number}", number)
    rows = life.everything()
    life.storage.close()
    (tmp_path / "shop.sqlite-last").unlink()
    with sqlite3.connect(life.path, isolation_level=None) as other:
        for table in ("log", "meta"):
            columns = "last, count, checksum, records" if table == "log" else "name, value"
            other.execute(f"CREATE TABLE old AS SELECT {columns} FROM {table}")
            other.execute(f"DROP TABLE {table}")
            kinds = {
                "log": "(last INTEGER PRIMARY KEY, count INTEGER NOT NULL, checksum INTEGER NOT NULL, records BLOB NOT NULL)",
                "meta": "(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
            }
            other.execute(f"CREATE TABLE {table} {kinds[table]}")
            other.execute(f"INSERT INTO {table} SELECT * FROM old")
            other.execute("DROP TABLE old")
        other.execute("DELETE FROM meta WHERE name = 'chained'")
        (snapshot,) = other.execute("SELECT value FROM meta WHERE name = 'snapshot'").fetchone()
        other.execute("UPDATE meta SET value = ? WHERE name = 'snapshot'", (snapshot.rpartition(" ")[0],))
        other.execute("PRAGMA user_version = 1")
    other.close()
    life.options = {}
    life.begin()
    assert life.everything() == rows
    life.call("add", "chained", 1)
    rows = life.everything()
    life.again()
    assert life.everything() == rows
    life.storage.close()
    with sqlite3.connect(life.path) as other:
        assert (
            other.execute("UPDATE log SET chain = NULL WHERE last = (SELECT max(last) FROM log)").rowcount
            == 1
        )
    other.close()
    with pytest.raises(CommitsLost):
        life.begin()


def longest_log(life: Life, commits: int) -> int:
    """The greatest length of the write-ahead log during so many small commits, each written alone."""
    log = life.path.with_name(life.path.name + "-wal")
    longest = 0
    for number in range(commits):
        life.call("add", str(number), 1)
        if number % 100 == 0:
            longest = max(longest, log.stat().st_size)
    life.storage.close()
    return longest


def test_small_commits_leave_a_short_write_ahead_log(tmp_path: Path) -> None:
    assert longest_log(Life(tmp_path / "shop.sqlite"), 5_000) < 24 << 20


@pytest.mark.soak
def test_many_small_commits_leave_a_short_write_ahead_log(tmp_path: Path) -> None:
    assert longest_log(Life(tmp_path / "shop.sqlite"), 120_000) < 24 << 20
