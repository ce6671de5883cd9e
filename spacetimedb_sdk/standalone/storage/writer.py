"""Writes a database's commits from inside the event loop: together, and never waiting for the disk in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..errors import StorageError
from .commit_log import Storage, Work

__all__ = ["StorageWriter"]

# Between two parts of a snapshot the sockets get their turn.
_SNAPSHOT_PAUSE_SECONDS = 0.002
# How long commits may be confirmed of files that were removed: to look costs as much as a tenth of a small commit.
_LOOK_SECONDS = 1.0
_log = logging.getLogger("spacetimedb_sdk.standalone")


class StorageWriter:
    """What one turn of `loop` commits is written at its end as one. What waits for the disk (a commit under "full",
    a checkpoint) is done by a thread, and what is committed meanwhile is written together after it.

    `failed` is called once where the file stops serving: nothing more is written then.
    """

    def __init__(
        self, storage: Storage, loop: asyncio.AbstractEventLoop, failed: Callable[[StorageError], None]
    ) -> None:
        self._storage = storage
        self._loop = loop
        self._failed = failed
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spacetimedb storage")
        self._turn: asyncio.Handle | None = None
        self._job: asyncio.Future[None] | None = None
        self._broken = False
        self._look_at = 0.0
        storage.on_pending = self._soon
        if storage.has_work:
            self._soon()

    def _soon(self, delay: float = 0.0) -> None:
        if self._turn is None and self._job is None and not self._broken:
            if delay:
                self._turn = self._loop.call_later(delay, self._write)
            else:
                self._turn = self._loop.call_soon(self._write)

    def _write(self) -> None:
        self._turn = None
        work = self._storage.take()
        if self._storage.sync == "full":
            self._in_thread(lambda: self._keep(work), work)
            return
        try:
            self._keep(work)
        except StorageError as error:
            self._break(error)
            return
        self._written(work)

    def _keep(self, work: Work) -> None:
        self._storage.write(work)
        now = self._loop.time()
        if work.statements and now >= self._look_at:
            self._look_at = now + _LOOK_SECONDS
            self._storage.check_place(work)

    def _written(self, work: Work | None) -> None:
        if work is not None:
            self._storage.written(work)
        if self._storage.wants_checkpoint:
            self._in_thread(self._storage.checkpoint, None)
        elif self._storage.is_snapshotting:
            self._soon(_SNAPSHOT_PAUSE_SECONDS)
        elif self._storage.has_work:
            self._soon()

    def _in_thread(self, job: Callable[[], None], work: Work | None) -> None:
        def done(future: asyncio.Future[None]) -> None:
            self._job = None
            error = future.exception()
            if isinstance(error, StorageError):
                self._break(error)
            elif error is not None:
                raise error
            else:
                self._written(work)

        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._job = self._loop.run_in_executor(self._thread, job)
        self._job.add_done_callback(done)

    def _break(self, error: StorageError) -> None:
        if not self._broken:
            self._broken = True
            self._storage.fail()
            _log.critical("commits can no longer be kept: %s", error)
            self._failed(error)

    async def close(self) -> None:
        """Writes what waits and lets the file go. StorageError where that fails."""
        while self._job is not None:
            await asyncio.wait([self._job])
            await asyncio.sleep(0)  # lets what follows from it begin
        if self._turn is not None:
            self._turn.cancel()
        self._storage.on_pending = lambda: None
        self._thread.shutdown()
        if self._broken:
            self._storage.abandon()
        else:
            self._storage.close()
