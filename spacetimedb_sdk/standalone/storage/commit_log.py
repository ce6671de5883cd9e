"""Where a database's commits go: nowhere (`InMemory`), or to disk (`Storage`). Knows no event loop and no thread."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...system.file_names import file_stem
from ..errors import CommitsLost, StorageError
from ..tables.datastore import TableChange
from .journal import NO_CHAIN, Journal, Statement, Sync, chained
from .last_commit import LastCommit
from .records import Client, record_of

__all__ = ["CommitLog", "InMemory", "Storage", "Work", "database_file"]

# A snapshot is worth its writing once the log is as long as this and twice the snapshot before.
_SNAPSHOT_BYTES = 8 << 20
# The write-ahead log has a page for each that a commit touches, however small it is: so much, and its records.
_COMMIT_PAGES_BYTES = 2 * 4_096
# SQLite keeps a thousand million bytes in one place at most; what is more than this is written as several.
_GROUP_BYTES = 64 << 20
_CHECKPOINT_BYTES = 16 << 20
_log = logging.getLogger("spacetimedb_sdk.standalone")


def database_file(data_dir: Path, name: str) -> Path:
    """Where the server that keeps its databases in `data_dir` has the one called `name`."""
    return data_dir / f"{file_stem(name)}.sqlite"


def _groups(records: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """All of them in order, in groups that SQLite can keep in one place: a slow disk may have any number wait."""
    start = size = 0
    for number, record in enumerate(records):
        if size and size + len(record) > _GROUP_BYTES:
            yield records[start:number]
            start, size = number, 0
        size += len(record)
    if records:
        yield records[start:]


class CommitLog(Protocol):
    """What a database tells of its commits. Positions count up with them."""

    @property
    def position(self) -> int:
        """Of the latest commit."""

    @property
    def durable_position(self) -> int:
        """Up to here commits survive."""

    def commit(
        self, changes: Sequence[TableChange], *, joined: Sequence[Client] = (), left: Sequence[Client] = ()
    ) -> int:
        """Takes a commit, with the clients that came and went; returns its position."""

    def when_durable(self, position: int, callback: Callable[[], object]) -> None:
        """Calls back once `position` survives, at once where it does already; also once it is settled that it never
        will, with `durable_position` below it then."""


class InMemory:
    """Keeps nothing: what is committed is as durable as it will ever be."""

    position = 0
    durable_position = 0

    def commit(
        self, changes: Sequence[TableChange], *, joined: Sequence[Client] = (), left: Sequence[Client] = ()
    ) -> int:
        return 0

    def when_durable(self, position: int, callback: Callable[[], object]) -> None:
        callback()


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be written as one; afterwards every commit up to `position` survives."""

    statements: list[Statement]
    position: int
    chain: bytes


class Storage:
    """The commits of one database in the SQLite file `path`.

    A commit waits in memory until `take` puts all that wait into one piece of `Work`; `write` writes it, from any one
    thread; `written` tells those who waited. `on_pending` is called when something begins to wait; by default it does
    all three at once. StorageError where the file cannot serve, from the constructor and from `write`. CommitsLost, from
    the constructor or from `blocks`, where commits are missing; with `accept_loss` that is said, and what is there is
    gone on with.
    """

    def __init__(
        self,
        path: Path,
        *,
        sync: Sync = "normal",
        snapshot_bytes: int = _SNAPSHOT_BYTES,
        accept_loss: bool = False,
    ) -> None:
        self.journal = Journal(path, sync=sync)
        self.sync = sync
        self.on_pending: Callable[[], None] = self.flush
        self.position = 0
        self.durable_position = 0
        self._accept_loss = accept_loss
        self._chain = NO_CHAIN
        self._last = LastCommit(path.with_name(path.name + "-last"))
        try:
            self.definition = self.journal.noted("definition")
            self._confirmed = self._read_last()
            if self.definition is None:
                self._check_new()
        except BaseException:  # whatever it is: the file must be free for who tries again
            self.journal.close()
            raise
        self._snapshot_source: Callable[[], Iterator[bytes]] | None = None
        self._snapshot: Iterator[list[Statement]] | None = None
        self._snapshot_bytes = snapshot_bytes
        self._snapshot_due = snapshot_bytes
        self._logged = 0
        self._unchecked = 0
        self._written = -1
        self._notes: list[Statement] = []
        self._pending: list[bytes] = []
        self._failed = False
        self._waiting: deque[tuple[int, Callable[[], object]]] = deque()

    # What is missing

    def _read_last(self) -> tuple[int, bytes] | None:
        try:
            return self._last.read()
        except StorageError as error:
            if not self._accept_loss:
                raise
            _log.warning("%s; gone on without it", error)
            return None

    def _check_new(self) -> None:
        """A file without a database is a new one, unless something says that there was one."""
        if not self.journal.is_empty:
            raise StorageError(
                self.journal.path, "is damaged (its definition is missing)", "restore it from a backup"
            )
        if self._confirmed is not None and self._confirmed[0] > 0:
            self._missing(self._confirmed[0], 0)

    def _missing(self, confirmed: int, position: int) -> None:
        count = confirmed - position
        error = CommitsLost(
            self.journal.path,
            f"has lost the last {count} of {confirmed} commits ({self._last.path.name} knows of them)",
            "restore the folder from a backup, or start with --accept-loss to go on with those that are there",
            position=position,
            missing=count,
        )
        self._accept(error)

    def _accept(self, error: CommitsLost) -> None:
        if not self._accept_loss:
            raise error
        _log.warning("the loss is accepted: %s %s", error.path, error.reason)

    # The life of the database

    def blocks(self) -> Iterator[bytes]:
        """Everything kept, as blocks of records in order. Read them all before the first commit."""
        confirmed, known = self._confirmed or (0, NO_CHAIN)
        if self._confirmed is None and not self.journal.was_older and not self._accept_loss:
            _log.warning(
                "%s is not there: whether the last commits are missing is not known", self._last.path
            )
        try:
            for position, chain, records in self.journal.records():
                if position == confirmed and chain != known:
                    reason = f"has other commits than were confirmed ({self._last.path.name} knows of them)"
                    remedy = (
                        "restore the folder from a backup, or start with --accept-loss to go on with these"
                    )
                    self._accept(CommitsLost(self.journal.path, reason, remedy, position=position))
                self.position = self.durable_position = position
                self._chain = chain
                self._logged += len(records)
                yield records
        except CommitsLost as error:
            self._accept(error)
            self.journal.discard_after(error.position)
        if self.position < confirmed:
            self._missing(confirmed, self.position)

    def begin(
        self, definition: str, snapshot: Callable[[], Iterator[bytes]], *, rewrite: bool = False
    ) -> None:
        """From here on commits are written, of a database with this `definition`, whose tables hold all that was stored
        under the one before; `snapshot` makes the records of the database as it is when called. With `rewrite` what is
        stored has other rows than the definition says, and is written anew together with it."""
        if self._snapshot_source is None:
            self.journal.discard_unfinished()
            # One that is killed before its first checkpoint, again and again, must not have it grow each time.
            self._unchecked = self.journal.write_ahead_bytes()
            self._last.open(self.position - len(self._pending), self._chain)
        self._snapshot_source = snapshot
        if rewrite:
            self._notes += self._whole(snapshot())
            self._pending, self._snapshot, self._logged = [], None, 0
        if definition != self.definition:
            # In one piece with the init reducer's commit: a database whose init failed was never there.
            self._notes.append(Journal.note("definition", definition))
            self.definition = definition
            self.on_pending()

    def _whole(self, records: Iterable[bytes]) -> Iterator[Statement]:
        """Puts one snapshot in the place of all that is stored or waits."""
        yield Journal.no_snapshot()
        parts = list(records)
        for part, block in enumerate(parts):
            yield Journal.snapshot_part(self.position, part, block)
        yield from Journal.snapshot_done(self.position, len(parts), self._chain)

    def close(self) -> None:
        """Writes what waits and lets the file go. Nothing else may be writing."""
        try:
            self.flush()
            if self._written >= 0:  # one that was never written to may have no log
                self.check_place(Work([], self.position, self._chain))
            self.journal.checkpoint(truncate=True)
            self._last.sync()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Lets the file go as it is."""
        self._last.close()
        self.journal.close()

    # Commits

    def commit(
        self, changes: Sequence[TableChange], *, joined: Sequence[Client] = (), left: Sequence[Client] = ()
    ) -> int:
        self.position += 1
        self._pending.append(record_of(changes, joined, left))
        if len(self._pending) == 1 and self._snapshot_source is not None:
            self.on_pending()
        return self.position

    def when_durable(self, position: int, callback: Callable[[], object]) -> None:
        if position <= self.durable_position or self._failed:
            callback()
        else:
            self._waiting.append((position, callback))

    def fail(self) -> None:
        """Nothing will be written any more: those who wait are called, and see that it does not survive."""
        self._failed = True
        waiting, self._waiting = self._waiting, deque()
        for _, callback in waiting:
            callback()

    # Writing

    @property
    def has_work(self) -> bool:
        return bool(self._pending or self._notes) or self._snapshot is not None

    @property
    def is_snapshotting(self) -> bool:
        return self._snapshot is not None

    @property
    def wants_checkpoint(self) -> bool:
        return self._unchecked >= _CHECKPOINT_BYTES

    def take(self) -> Work:
        """All commits that wait, and a part of the snapshot that is being made. Must not be called inside a
        transaction."""
        statements, self._notes = self._notes, []
        position = self.position - len(self._pending)
        for group in _groups(self._pending):
            records = b"".join(group)
            position += len(group)
            self._chain = chained(self._chain, position, len(group), records)
            statements.append(Journal.group(position, len(group), records, self._chain))
            self._logged += len(records)
            self._unchecked += len(records) + _COMMIT_PAGES_BYTES
        self._pending = []
        if (
            self._snapshot is None
            and self._logged >= self._snapshot_due
            and self._snapshot_source is not None
        ):
            self._snapshot = self._parts(self.position, self._chain, self._snapshot_source())
            self._logged = 0
        if self._snapshot is not None:
            statements += next(self._snapshot)
        return Work(statements, self.position, self._chain)

    def _parts(self, position: int, chain: bytes, records: Iterable[bytes]) -> Iterator[list[Statement]]:
        total = 0
        for part, block in enumerate(records):
            total += len(block)
            self._unchecked += len(block)
            yield [Journal.snapshot_part(position, part, block)]
        self._snapshot_due = max(self._snapshot_bytes, 2 * total)
        self._snapshot = None
        yield Journal.snapshot_done(position, part + 1, chain)

    def write(self, work: Work) -> None:
        """Writes it all or nothing; the only step that waits for the disk."""
        if work.statements:
            self.journal.write(work.statements)
            if work.position != self._written:
                self._last.write(work.position, work.chain)
                self._written = work.position

    def check_place(self, work: Work) -> None:
        """Looks whether the files are where they were made, after `work` was written and before anybody hears of that:
        StorageError where what is in them would be lost."""
        self.journal.check_place()
        self._last.check_place(work.position, work.chain)

    def written(self, work: Work) -> None:
        """`work` survives: those who waited for it are called."""
        self.durable_position = max(self.durable_position, work.position)
        while self._waiting and self._waiting[0][0] <= self.durable_position:
            self._waiting.popleft()[1]()

    def checkpoint(self) -> None:
        """Keeps the file's write-ahead log short; waits for the disk."""
        self._unchecked = 0
        self.journal.checkpoint()
        self._last.sync()

    def flush(self) -> None:
        """Writes what waits, here and now."""
        while self.has_work:
            work = self.take()
            self.write(work)
            self.written(work)
        if self.wants_checkpoint:
            self.checkpoint()
