"""The SQLite file of one database: groups of records in the order of their commits, and the latest snapshot.

Measured on the two shapes (two cores, a commit of 1 row / of 300 rows): one blob appended 10 / 26 us, rows by table and
key 27 / 847 us. So commits are appended, and a snapshot now and then keeps the file short. What a record is, is settled
in `records`; here it is bytes with a checksum. Each group of commits carries a hash of itself and of the group before: the
chain, by which one that is missing, or of another history, is noticed.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Literal
from zlib import crc32

from ..errors import CommitsLost, StorageError
from ..private_files import (
    FileIdentity,
    check_is_file,
    close_to_others,
    identity_of,
    make_private_folder,
    touch_private,
)

__all__ = ["NO_CHAIN", "Journal", "Statement", "Sync", "chained"]

Sync = Literal["normal", "full"]
Statement = tuple[str, tuple[object, ...]]

# "STDB": other SQLite files are left alone.
_APPLICATION_ID = 0x53544442
_FORMAT = 2
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER) WITHOUT ROWID;
CREATE TABLE log (
    last INTEGER PRIMARY KEY, count INTEGER NOT NULL, checksum INTEGER NOT NULL, records BLOB NOT NULL, chain BLOB
);
CREATE TABLE snapshot (
    position INTEGER NOT NULL, part INTEGER NOT NULL, checksum INTEGER NOT NULL, records BLOB NOT NULL,
    PRIMARY KEY (position, part)
);
"""
_FROM_FORMAT_1 = ("ALTER TABLE meta ADD COLUMN checksum INTEGER", "ALTER TABLE log ADD COLUMN chain BLOB")
_BROKEN = "restore it from a backup, or give another --data-dir"
_GONE = "is not there any more: it was removed, moved or replaced while the server ran"
_COME_BACK = "put the folder back, or another one, and start again"
_CUT = "restore it from a backup, or start with --accept-loss to go on with the commits up to {}"
# What the write-ahead log keeps of its length once a checkpoint has emptied it.
_WAL_BYTES = 16 << 20
NO_CHAIN = bytes(16)
# What reading raises: SQLite's own, and what comes of values that are of other kinds than were written.
_UNREADABLE = (sqlite3.Error, ValueError, TypeError, OverflowError, struct.error)


def chained(chain: bytes, last: int, count: int, records: bytes) -> bytes:
    """The chain after a group of `count` records up to position `last`."""
    return blake2b(b"%b%b%b" % (chain, struct.pack("<qq", last, count), records), digest_size=16).digest()


class Journal:
    """Holds the file for this process alone. With `sync` "normal" a commit outlives the process, with "full" it is on
    the disk before `write` returns, and outlives the machine's power. StorageError where the file cannot serve."""

    def __init__(self, path: Path, *, sync: Sync = "normal") -> None:
        self.path = path
        # Whether the release before wrote it.
        self.was_older = False
        # The files as they were made, by their paths: those that come later are noted when they are first looked for.
        self._places: dict[Path, FileIdentity] = {}
        try:
            make_private_folder(path.parent)
        except OSError as error:
            raise StorageError(
                path.parent, f"cannot be made ({error.strerror})", "give another --data-dir"
            ) from error
        try:
            # SQLite gives the files beside it the modes of this one.
            if not path.exists():
                touch_private(path)
            for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                check_is_file(file)
                close_to_others(file)
        except OSError as error:
            raise StorageError(
                path, f"cannot be used ({error.strerror})", "give another --data-dir"
            ) from error
        try:
            # Writes that wait for the disk are done by another thread, one at a time.
            self.connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        except _UNREADABLE as error:
            raise self._refusal(error) from error
        try:
            self._open(sync)
            self._note_place(path)
        except _UNREADABLE as error:
            self.connection.close()
            raise self._refusal(error) from error
        except BaseException:
            self.connection.close()
            raise

    def _open(self, sync: Sync) -> None:
        execute = self.connection.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        (application,) = execute("PRAGMA application_id").fetchone()
        (version,) = execute("PRAGMA user_version").fetchone()
        (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != _APPLICATION_ID and (application or version or tables):
            raise StorageError(self.path, "is the file of another program", "give another --data-dir")
        if version > _FORMAT:
            raise StorageError(
                self.path, f"has format {version}, this program knows {_FORMAT}", "install its newer version"
            )
        if application == _APPLICATION_ID and not tables:
            raise StorageError(self.path, "is damaged (its tables are missing)", _BROKEN)
        execute("PRAGMA journal_mode = WAL")
        execute(f"PRAGMA synchronous = {sync}")
        # Checkpoints wait for the disk: they are made where no caller waits for them.
        execute("PRAGMA wal_autocheckpoint = 0")
        execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        execute("BEGIN EXCLUSIVE")
        if not tables:
            for statement in _TABLES.split(";"):
                execute(statement)
            execute(*self.note("chained", "0"))
            execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            execute(f"PRAGMA user_version = {_FORMAT}")
        elif version < _FORMAT:
            self.was_older = True
            self._take_over()
        execute("COMMIT")

    def _take_over(self) -> None:
        """A file of the release before, whose commits have no chain: it begins after them."""
        execute = self.connection.execute
        for statement in _FROM_FORMAT_1:
            execute(statement)
        for name, value in execute("SELECT name, value FROM meta").fetchall():
            execute(*self.note(name, value))
        position = (self.noted("snapshot") or "0 0").split()[0]
        (last,) = execute("SELECT max(last) FROM log").fetchone()
        execute(*self.note("chained", str(max(last or 0, int(position)))))
        execute(f"PRAGMA user_version = {_FORMAT}")

    def _refusal(self, error: Exception) -> StorageError:
        if not isinstance(error, sqlite3.Error):
            return StorageError(self.path, f"is damaged ({error})", _BROKEN)
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StorageError(
                self.path, "is in use by another server", "stop that one, or give another --data-dir"
            )
        if code == sqlite3.SQLITE_NOTADB:
            return StorageError(self.path, "is no SQLite file", "give another --data-dir")
        if code == sqlite3.SQLITE_CORRUPT:
            return StorageError(self.path, f"is damaged ({error})", _BROKEN)
        remedy = "make room and start again" if code == sqlite3.SQLITE_FULL else "give another --data-dir"
        return StorageError(self.path, f"cannot be used ({error})", remedy)

    # Writing

    def write(self, statements: Sequence[Statement]) -> None:
        """Executes all or nothing."""
        execute = self.connection.execute
        try:
            if len(statements) == 1:
                execute(*statements[0])
                return
            execute("BEGIN")
            try:
                for statement in statements:
                    execute(*statement)
                execute("COMMIT")
            except BaseException:  # whatever ended it: the file must not stay half written
                if self.connection.in_transaction:
                    execute("ROLLBACK")
                raise
        except (sqlite3.DataError, OverflowError) as error:
            reason = f"cannot keep what one transaction has changed ({error})"
            raise StorageError(self.path, reason, "have the module change less at once") from error
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def check_place(self) -> None:
        """StorageError where what was written can be found by no other process: the system goes on writing to files that
        were removed, and forgets them when this process ends. To be called after something was written."""
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            self._note_place(path)

    def _note_place(self, path: Path) -> None:
        found = identity_of(path)
        if found is None or self._places.setdefault(path, found) != found:
            raise StorageError(path, _GONE, _COME_BACK)

    def checkpoint(self, *, truncate: bool = False) -> None:
        """Moves what was written into the file proper; waits for the disk."""
        try:
            self.connection.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if truncate else 'PASSIVE'})")
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def write_ahead_bytes(self) -> int:
        """How long the write-ahead log is that another process has left, or this one has made."""
        try:
            return self.path.with_name(self.path.name + "-wal").stat().st_size
        except OSError:  # there is none: an orderly end leaves none behind
            return 0

    def close(self) -> None:
        self.connection.close()

    @staticmethod
    def group(last: int, count: int, records: bytes, chain: bytes) -> Statement:
        """Appends `count` records, the last of which is the commit at position `last`; `chain` is that after them."""
        return "INSERT INTO log VALUES (?, ?, ?, ?, ?)", (last, count, crc32(records), records, chain)

    @staticmethod
    def snapshot_part(position: int, part: int, records: bytes) -> Statement:
        return "INSERT INTO snapshot VALUES (?, ?, ?, ?)", (position, part, crc32(records), records)

    @staticmethod
    def no_snapshot() -> Statement:
        return "DELETE FROM snapshot", ()

    @staticmethod
    def snapshot_done(position: int, parts: int, chain: bytes) -> list[Statement]:
        """From now on the snapshot stands for all commits up to `position`."""
        return [
            Journal.note("snapshot", f"{position} {parts} {chain.hex()}"),
            ("DELETE FROM snapshot WHERE position != ?", (position,)),
            ("DELETE FROM log WHERE last <= ?", (position,)),
        ]

    @staticmethod
    def note(name: str, value: str) -> Statement:
        return "INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", (name, value, _checksum_of(name, value))

    # Reading

    def noted(self, name: str) -> str | None:
        try:
            row = self.connection.execute(
                "SELECT value, checksum FROM meta WHERE name = ?", (name,)
            ).fetchone()
        except _UNREADABLE as error:
            raise self._refusal(error) from error
        if row is None:
            return None
        value, checksum = row
        if not isinstance(value, str) or checksum != _checksum_of(name, value):
            raise StorageError(self.path, f"is damaged (its {name} cannot be read)", _BROKEN)
        return value

    @property
    def is_empty(self) -> bool:
        """Whether there is no record."""
        try:
            (found,) = self.connection.execute(
                "SELECT EXISTS (SELECT 1 FROM log) OR EXISTS (SELECT 1 FROM snapshot)"
            ).fetchone()
        except _UNREADABLE as error:
            raise self._refusal(error) from error
        return not found

    def _snapshot(self) -> tuple[int, int, bytes]:
        """Position, number of parts, and the chain up to there."""
        noted = (self.noted("snapshot") or "0 0").split()
        return int(noted[0]), int(noted[1]), bytes.fromhex(noted[2]) if len(noted) > 2 else NO_CHAIN

    def records(self) -> Iterator[tuple[int, bytes, bytes]]:
        """The records that make the database, in blocks, each with the position it leads to and the chain there: the
        snapshot, then what came after it. StorageError where something is missing or not as it was written; CommitsLost
        where what came before it is whole."""
        position, parts, chain = self._snapshot()
        chained_from = int(self.noted("chained") or "0")
        try:
            found = 0
            for part, checksum, records in self.connection.execute(
                "SELECT part, checksum, records FROM snapshot WHERE position = ? ORDER BY part", (position,)
            ):
                if part != found or crc32(records) != checksum:
                    raise StorageError(
                        self.path, "is damaged (its snapshot is not as it was written)", _BROKEN
                    )
                yield position, chain, records
                found += 1
            if found != parts:
                raise StorageError(self.path, "is damaged (parts of its snapshot are missing)", _BROKEN)
            for last, count, checksum, records, kept in self.connection.execute(
                "SELECT last, count, checksum, records, chain FROM log WHERE last > ? ORDER BY last",
                (position,),
            ):
                if not isinstance(records, bytes) or crc32(records) != checksum:
                    raise self._lost(position, "a checksum does not match")
                if last - count != position:
                    raise self._lost(position, "commits are missing")
                chain = chained(chain, last, count, records)
                if kept != chain and (kept is not None or last > chained_from):
                    raise self._lost(position, "a commit is not the one that followed")
                yield last, chain, records
                position = last
        except _UNREADABLE as error:
            raise self._refusal(error) from error

    def _lost(self, position: int, reason: str) -> CommitsLost:
        return CommitsLost(self.path, f"is damaged ({reason})", _CUT.format(position), position=position)

    def discard_after(self, position: int) -> None:
        """Removes the commits after `position`."""
        self.write([("DELETE FROM log WHERE last > ?", (position,))])

    def discard_unfinished(self) -> None:
        """Removes the parts of a snapshot that was never finished."""
        self.write([("DELETE FROM snapshot WHERE position != ?", (self._snapshot()[0],))])


def _checksum_of(name: str, value: str) -> int:
    return crc32(f"{name}\0{value}".encode())
