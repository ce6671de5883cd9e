"""What is kept of a database, and what is said where it cannot be."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from spacetimedb_sdk.module import (
    Module,
    ReducerContext,
    ReducerError,
    Row,
    TimeDuration,
    Timestamp,
    column,
    i32,
    u64,
)
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.errors import StorageError
from spacetimedb_sdk.standalone.storage import commit_log, records
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from tests.standalone.storage.shop import LINK, ME, SECOND, SHOP, Life, shop


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path / "folder" / "shop.sqlite")
    yield life
    life.storage.journal.close()


def test_rows_and_numbers_go_on_after_a_restart(life: Life) -> None:
    life.call("add", "apple", 3)
    life.call("add", "pear", 4)
    life.call("reprice", "apple", 5)
    life.call("swap_names", "apple", "pear")
    life.call("untag", "added pear")
    with pytest.raises(ReducerError):
        life.call("fail_after_adding", "plum")
    before = life.everything()
    life.again()
    assert life.everything() == before
    assert life.table("item") == [(1, "pear", 5), (2, "apple", 4)]
    assert life.table("tag") == [("added apple",), ("opened",)]  # the init reducer ran once
    assert life.table("sold") == []
    with pytest.raises(ReducerError):
        life.call("add", "apple", 1)  # unique still
    life.call("remove_all")
    life.again()
    life.call("add", "fig", 1)
    assert [row[0] for row in life.table("item")] == [max(row[0] for row in life.table("item"))]
    assert life.table("item")[0][0] > 2


def test_who_was_connected_is_disconnected(life: Life) -> None:
    assert LINK is not None
    life.database.connect(ME, LINK)
    assert life.table("player") == [(ME, True)]
    life.storage.abandon()  # as if killed: nobody said goodbye
    life.begin()
    assert life.table("player") == [(ME, False)]
    assert not life.database.clients
    life.again()
    assert life.table("player") == [(ME, False)]


def test_timers_go_on(life: Life) -> None:
    life.call("close_at", Timestamp(3 * SECOND))
    life.call("close_every", TimeDuration(10 * SECOND))
    life.now = 60 * SECOND
    life.again()
    # What was missed is due, an interval begins anew.
    assert life.database.next_due() == 3 * SECOND
    assert life.database.run_scheduled(life.now) == 1
    assert ("closed at 60000000",) in life.table("tag")
    assert life.database.next_due() == 70 * SECOND
    life.again()
    assert life.database.next_due() == 70 * SECOND
    assert len(life.table("closing")) == 1


def test_snapshots_take_the_place_of_the_log(tmp_path: Path) -> None:
    life = Life(tmp_path / "shop.sqlite", snapshot_bytes=2_000)
    for number in range(200):
        life.call("add", f"item {number}", number)
    for number in range(0, 200, 2):
        life.call("reprice", f"item {number}", -number)
    execute = life.storage.journal.connection.execute
    (snapshots,) = execute("SELECT count(DISTINCT position) FROM snapshot").fetchone()
    (first,) = execute("SELECT min(last) FROM log").fetchone()
    assert snapshots == 1
    assert first > 200
    before = life.everything()
    life.again()
    assert life.everything() == before
    life.call("add", "one more", 1)
    before = life.everything()
    life.again()
    assert life.everything() == before
    life.storage.close()


def test_lives_that_end_early_leave_no_long_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is killed, again and again, before it has written enough for a checkpoint of its own."""
    monkeypatch.setattr(commit_log, "_CHECKPOINT_BYTES", 1 << 18)
    lengths = []
    for number in range(20):
        folder = tmp_path / str(number)
        storage = Storage(folder / "shop.sqlite")
        database = Database(shop(), clock=lambda: SECOND, storage=storage)
        for place in range(4):
            database.call("add", f"{number} {place} {'x' * 4_000}", 1, sender=ME)
            storage.flush()
        lengths.append((folder / "shop.sqlite-wal").stat().st_size)
        # What is on disk when it is killed.
        shutil.copytree(folder, tmp_path / str(number + 1))
        storage.close()
    assert max(lengths) < 1 << 20, lengths
    storage = Storage(tmp_path / "20" / "shop.sqlite")
    database = Database(shop(), clock=lambda: SECOND, storage=storage)
    assert len(database.datastore.stores["item"].rows()) == 80
    storage.close()


def test_a_snapshot_that_was_not_finished_is_none(tmp_path: Path) -> None:
    life = Life(tmp_path / "shop.sqlite", snapshot_bytes=2_000)
    storage = life.storage
    storage.on_pending = lambda: None
    while not storage.is_snapshotting:
        life.call("add", f"item {storage.position}", 1)
        if storage.position % 10 == 0:
            work = storage.take()
            storage.write(work)
            storage.written(work)
    expected = life.everything()
    storage.abandon()
    life.begin()
    assert life.everything() == expected
    (parts,) = life.storage.journal.connection.execute("SELECT count(*) FROM snapshot").fetchone()
    assert parts == 0
    life.storage.close()


def test_who_waits_is_called_once_it_is_written(life: Life) -> None:
    storage = life.storage
    began: list[int] = []
    storage.on_pending = lambda: began.append(storage.position)
    called: list[str] = []
    life.call("add", "apple", 1)
    storage.when_durable(storage.position, lambda: called.append("first"))
    life.call("add", "pear", 1)
    storage.when_durable(storage.position, lambda: called.append("second"))
    assert began == [storage.position - 1]
    assert storage.durable_position == storage.position - 2
    work = storage.take()
    storage.write(work)
    assert called == []
    storage.written(work)
    assert called == ["first", "second"]
    storage.when_durable(storage.position, lambda: called.append("at once"))
    assert called[-1] == "at once"


def test_an_init_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    module = Module("picky", style="2.x")
    failing = True

    @module.table
    class Thing(Row):
        size: i32

    @module.init
    def init(ctx: ReducerContext) -> None:
        ctx.db[Thing].insert(Thing(1))
        if failing:
            raise ReducerError("not today")

    for _ in range(2):
        storage = Storage(tmp_path / "picky.sqlite")
        with pytest.raises(ReducerError):
            Database(module, clock=lambda: 0, storage=storage)
        storage.abandon()
    failing = False
    storage = Storage(tmp_path / "picky.sqlite")
    assert len(Database(module, clock=lambda: 0, storage=storage).rows(Thing)) == 1
    storage.close()


def test_a_second_server_is_refused(life: Life) -> None:
    with pytest.raises(StorageError, match=r"shop.sqlite is in use by another server: stop that one"):
        Storage(life.path)
    life.call("add", "apple", 1)


def open_once(path: Path, module: Module) -> None:
    storage = Storage(path)
    try:
        Database(module, clock=lambda: 0, storage=storage)
    finally:
        storage.abandon()


def refusal(path: Path, module: Module = SHOP) -> str:
    """Why `path` cannot serve; what is there stays as it is."""
    before = path.read_bytes()
    with pytest.raises(StorageError) as caught:
        open_once(path, module)
    assert path.read_bytes() == before
    text = str(caught.value)
    assert text.startswith(f"{path} ")
    assert "\n" not in text
    assert text.partition(": ")[2]
    return text


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    path.write_text("dear diary, " * 200)
    assert "is no SQLite file" in refusal(path)
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipe (text)")
    other.close()
    assert "is the file of another program" in refusal(path)


def test_a_newer_file_asks_for_a_newer_program(life: Life) -> None:
    life.storage.close()
    other = sqlite3.connect(life.path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    assert "has format 99, this program knows 2: install its newer version" in refusal(life.path)


DAMAGES = {
    "UPDATE log SET records = x'0102' WHERE last = 4": "a checksum does not match",
    "DELETE FROM log WHERE last = 4": "commits are missing",
    "UPDATE meta SET value = 'x' WHERE name = 'definition'": "its definition cannot be read",
    "INSERT INTO meta VALUES ('snapshot', '3 2', NULL)": "its snapshot cannot be read",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named(life: Life, damage: str) -> None:
    for number in range(5):
        life.call("add", f"item {number}", number)
    life.storage.close()
    other = sqlite3.connect(life.path)
    assert other.execute(damage).rowcount == 1
    other.commit()
    other.close()
    assert f"is damaged ({DAMAGES[damage]})" in refusal(life.path)


def test_a_cut_off_file_is_named(life: Life) -> None:
    for number in range(300):
        life.call("add", f"a rather long name of an item, to fill pages {number}", number)
    life.storage.close()
    data = life.path.read_bytes()
    for keep in (len(data) // 2, 4096 * 3):
        life.path.write_bytes(data[:keep])
        assert "is damaged" in refusal(life.path)
    life.path.write_bytes(data[:9000] + bytes(4000) + data[13000:])
    assert "is damaged" in refusal(life.path)
    life.path.write_bytes(data)
    life.begin()
    assert len(life.table("item")) == 300


def test_a_changed_module_goes_on_where_that_is_safe(life: Life) -> None:
    life.call("add", "apple", 3)
    life.again(shop(changed=True))
    assert life.table("item") == [(1, "apple", 3)]
    assert life.table("extra") == []
    life.call("add", "pear", 4)
    life.again(shop(changed=True))
    assert len(life.table("item")) == 2


def test_a_module_whose_tables_do_not_fit_is_refused(life: Life) -> None:
    life.storage.close()
    other = Module("shop", style="2.x")

    @other.table(public=True)
    class Item(Row):
        item_id: i32 = column(primary_key=True, auto_inc=True)
        name: str = column(unique=True)
        weight: u64

    @other.table
    class Tag(Row):
        text: str = column(unique=True)

    text = refusal(life.path, other)
    assert "table `item`: column `price` is gone (is it `weight` now? column(renamed_from='price'))" in text
    assert "table `tag`: a new unique constraint on `text`" in text
    assert (
        "table `player` is gone: keep it, or say @module.table(renamed_from='player') on its new name" in text
    )
    assert text.endswith("in @module.on_migrate, give another --data-dir, or begin anew with --clear")
    life.begin()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be made .*: give another --data-dir"):
        Storage(tmp_path / "file" / "shop.sqlite")


def test_a_copy_of_the_file_while_it_is_closed_is_a_backup(life: Life, tmp_path: Path) -> None:
    life.call("add", "apple", 3)
    life.storage.close()
    shutil.copy(life.path, tmp_path / "copy.sqlite")
    copy = Life(tmp_path / "copy.sqlite")
    assert copy.table("item") == [(1, "apple", 3)]
    copy.storage.close()
    life.begin()


def test_long_rows_make_short_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_BYTES_PER_PART", 10_000)
    life = Life(tmp_path / "shop.sqlite", snapshot_bytes=30_000)
    for number in range(40):
        life.call("add", f"{number} {'x' * 3_000}", number)
    execute = life.storage.journal.connection.execute
    parts = [length for (length,) in execute("SELECT length(records) FROM snapshot").fetchall()]
    assert len(parts) > 4
    assert max(parts) < 14_000
    before = life.everything()
    life.again()
    assert life.everything() == before
    life.storage.close()


def test_what_waits_for_a_slow_disk_is_written_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_log, "_GROUP_BYTES", 10_000)
    life = Life(tmp_path / "shop.sqlite")
    life.storage.on_pending = lambda: None
    for number in range(40):
        life.call("add", f"{number} {'x' * 3_000}", number)
    life.call("add", "y" * 25_000, 41)
    life.storage.flush()
    execute = life.storage.journal.connection.execute
    groups = [length for (length,) in execute("SELECT length(records) FROM log").fetchall()]
    assert sum(length > 10_000 for length in groups) == 1
    before = life.everything()
    life.again()
    assert life.everything() == before
    life.storage.close()


def test_a_transaction_that_no_file_can_keep_is_a_sentence(tmp_path: Path) -> None:
    life = Life(tmp_path / "shop.sqlite")
    life.storage.journal.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 20_000)
    with pytest.raises(StorageError, match="cannot keep what one transaction has changed"):
        life.call("add", "y" * 25_000, 41)
    life.storage.abandon()
