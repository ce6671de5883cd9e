"""The SQLite file of one database: groups of records in the order of their commits, and the latest snapshot.

Measured on the two shapes (two cores, a commit of 1 row / of 300 rows): one blob appended 10 / 26 us, rows by table and
key 27 / 847 us. So commits are appended, and a snapshot now and then keeps the file short. What a record is, is settled
in `records`; here it is bytes with a checksum.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

from ..errors import StorageError

__all__ = ["Journal", "Statement", "Sync"]

Sync = Literal["normal", "full"]
Statement = tuple[str, tuple[Any, ...]]

_APPLICATION_ID = 0x53544442
_FORMAT = 1
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE log (last INTEGER PRIMARY KEY, count INTEGER NOT NULL, checksum INTEGER NOT NULL, records BLOB NOT NULL);
CREATE TABLE snapshot (
    position INTEGER NOT NULL, part INTEGER NOT NULL, checksum INTEGER NOT NULL, records BLOB NOT NULL,
    PRIMARY KEY (position, part)
);
"""
_BROKEN = "restore it from a backup, or give another --data-dir"


class Journal:
    """Holds the file for this process alone. With `sync` "normal" a commit outlives the process, with "full" it is on
    the disk before `write` returns, and outlives the machine's power. StorageError where the file cannot serve."""

    def __init__(self, path: Path, *, sync: Sync = "normal") -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                path.parent, f"cannot be made ({error.strerror})", "give another --data-dir"
            ) from error
        try:
            # Writes that wait for the disk are done by another thread, one at a time.
            self.connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        try:
            self._open(sync)
        except sqlite3.Error as error:
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
        execute("PRAGMA journal_mode = WAL")
        execute(f"PRAGMA synchronous = {sync}")
        # Checkpoints wait for the disk: they are made where nobody waits for them.
        execute("PRAGMA wal_autocheckpoint = 0")
        execute("BEGIN EXCLUSIVE")
        if not tables:
            for statement in _TABLES.split(";"):
                execute(statement)
            execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            execute(f"PRAGMA user_version = {_FORMAT}")
        execute("COMMIT")

    def _refusal(self, error: sqlite3.Error) -> StorageError:
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
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def checkpoint(self, *, truncate: bool = False) -> None:
        """Moves what was written into the file proper; waits for the disk."""
        try:
            self.connection.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if truncate else 'PASSIVE'})")
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def close(self) -> None:
        self.connection.close()

    @staticmethod
    def group(last: int, count: int, records: bytes) -> Statement:
        """Appends `count` records, the last of which is the commit at position `last`."""
        return "INSERT INTO log VALUES (?, ?, ?, ?)", (last, count, crc32(records), records)

    @staticmethod
    def snapshot_part(position: int, part: int, records: bytes) -> Statement:
        return "INSERT INTO snapshot VALUES (?, ?, ?, ?)", (position, part, crc32(records), records)

    @staticmethod
    def no_snapshot() -> Statement:
        return "DELETE FROM snapshot", ()

    @staticmethod
    def snapshot_done(position: int, parts: int) -> list[Statement]:
        """From now on the snapshot stands for all commits up to `position`."""
        return [
            Journal.note("snapshot", f"{position} {parts}"),
            ("DELETE FROM snapshot WHERE position != ?", (position,)),
            ("DELETE FROM log WHERE last <= ?", (position,)),
        ]

    @staticmethod
    def note(name: str, value: str) -> Statement:
        return "INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value)

    # Reading

    def noted(self, name: str) -> str | None:
        try:
            row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        return None if row is None else str(row[0])

    def records(self) -> Iterator[tuple[int, bytes]]:
        """The records that make the database, in blocks, each with the position it leads to: the snapshot, then what
        came after it. StorageError where something is missing or not as it was written."""
        position, parts = map(int, (self.noted("snapshot") or "0 0").split())
        try:
            found = 0
            for part, checksum, records in self.connection.execute(
                "SELECT part, checksum, records FROM snapshot WHERE position = ? ORDER BY part", (position,)
            ):
                yield position, self._checked(part == found, checksum, records)
                found += 1
            self._checked(found == parts, 0, b"")
            for last, count, checksum, records in self.connection.execute(
                "SELECT last, count, checksum, records FROM log WHERE last > ? ORDER BY last", (position,)
            ):
                yield last, self._checked(last - count == position, checksum, records)
                position = last
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def _checked(self, follows: bool, checksum: int, records: bytes) -> bytes:
        if not follows:
            raise StorageError(self.path, "is damaged (commits are missing)", _BROKEN)
        if crc32(records) != checksum:
            raise StorageError(self.path, "is damaged (a checksum does not match)", _BROKEN)
        return records

    def discard_unfinished(self) -> None:
        """Removes the parts of a snapshot that was never finished."""
        position = (self.noted("snapshot") or "0 0").split()[0]
        self.write([("DELETE FROM snapshot WHERE position != ?", (int(position),))])
