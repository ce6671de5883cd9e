"""The embedded server on a port: `serve` inside an event loop, `Server` in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

from ..module import Module
from ..system.requirements import needs
from .addresses import listen_address, shown_host
from .engine.database import Database
from .engine.time_limit import DEFAULT_TIMEOUT, TimeLimit
from .errors import DatabaseNameError, ListenError, StorageError
from .hosting.auth import SigningKey, Tokens
from .hosting.credentials import ISSUER
from .hosting.host import DATABASE_NAME, DatabaseHost
from .hosting.limits import Limits
from .hosting.trusted_issuers import TrustedIssuer, TrustedIssuers
from .identity import identity_from_claims
from .receiving import Received
from .sql.visibility import check_filters
from .storage.commit_log import Storage, database_file
from .storage.journal import Sync
from .storage.writer import StorageWriter
from .web.application import make_application
from .web.connection_limit import ACCEPTED_AT_ONCE, ConnectionLimit, descriptor_limit
from .web.http_log import http_logger
from .web.requests import without_strange_expectations

with needs("the embedded server", "server"):
    from aiohttp import web

__all__ = ["Server", "ServerHandle", "default_database_name", "real_clock", "serve"]

T = TypeVar("T")
# How many may wait for the loop to accept them: more would have to ask again a second later.
_WAITING_FOR_ACCEPT = 1_024
# At the end: for clients to take what is queued for them, and for what the module still runs.
_STOP_SECONDS = 1.0
_HURRY_SECONDS = 2.0
# As servers on anything but Windows do, where it would let two listen at one place.
_REUSE = True if os.name == "posix" else None


def real_clock() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def _steady_clock() -> int:
    return time.monotonic_ns() // 1000


def default_database_name(module: Module) -> str:
    """The module's name as database names are written."""
    return module.name.replace("_", "-").lower()


class ServerHandle:
    """A server that listens: `url` is where, `host` and `port` the same in parts."""

    def __init__(self, host: DatabaseHost) -> None:
        self.database_host = host
        self.host = self.url = ""
        self.port = 0
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def owner_token(self) -> str:
        """Makes its bearer the owner of the server's own database: private tables, changes by SQL, logs, deleting."""
        host = self.database_host
        return host.tokens.mint(f"owner of {host.name}").token

    def listens(self, host: str, port: int) -> None:
        """Notes where; an address that stands for all of the machine's is no address to connect to."""
        self.port = port
        self.host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self.url = f"http://{shown_host(self.host)}:{port}"

    def hurry(self) -> None:
        """The server is to end: reducers, and what else a module runs, have two more seconds."""
        limit = self.database_host.database.time_limit
        if limit is not None:
            limit.shorten(_HURRY_SECONDS)

    def fail(self, error: StorageError) -> None:
        """The server must end: what it commits can no longer be kept."""
        if not self._broken.done():
            self._broken.set_exception(error)

    async def until(self, stopping: asyncio.Event) -> None:
        """Waits for `stopping`, or raises what makes the server end (StorageError)."""
        stopped = asyncio.ensure_future(stopping.wait())
        await asyncio.wait((stopped, self._broken), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if self._broken.done():
            self._broken.result()


@asynccontextmanager
async def serve(
    module: Module,
    *,
    database: str,
    listen: tuple[str, int] = ("127.0.0.1", 0),
    seed: int = 0,
    key: SigningKey | None = None,
    compatibility: Literal["1.2", "2.8"] | None = None,
    clock: Callable[[], int] = real_clock,
    data_dir: Path | None = None,
    sync: Sync = "normal",
    accept_loss: bool = False,
    publishable: Mapping[str, Module] | None = None,
    limits: Limits | None = None,
    reducer_timeout: float | None = DEFAULT_TIMEOUT,
    issuers: TrustedIssuers | None = None,
) -> AsyncIterator[ServerHandle]:
    """Serves `module` under the name `database` while the block runs; port 0 is any free one.

    With `data_dir` the database is kept in the file `NAME.sqlite` in it; with `sync` "full" a commit that was confirmed
    outlives the machine's power too; with `accept_loss` a file that has lost commits is gone on with. `publishable` are
    the modules that clients may publish more databases of, in memory, by the names they have here. `limits` bound what
    clients may make the server hold. A reducer, or a view, that takes longer than `reducer_timeout` seconds is ended,
    undone, and its caller gets the error; None lets it run. Tokens of `issuers` are taken besides the server's own.

    ListenError where the address is taken, ModuleError for a mistake in the module, DatabaseNameError for a name that
    is none, StorageError where the file cannot serve, CommitsLost among them; what the init reducer raises goes on.
    """
    if not DATABASE_NAME.match(database):
        raise DatabaseNameError(database)
    storage = None
    if data_dir is not None:
        storage = Storage(database_file(data_dir, database), sync=sync, accept_loss=accept_loss)
    time_limit = None if reducer_timeout is None else TimeLimit(reducer_timeout)
    opened = _opened(
        module, database, storage, time_limit, clock=clock, seed=seed, compatibility=compatibility
    )
    tokens = Tokens(key or SigningKey.generate(), clock, issuers)
    running = ServerHandle(DatabaseHost(database, opened, tokens, clock))
    writer = StorageWriter(storage, asyncio.get_running_loop(), running.fail) if storage else None
    try:
        async with _listening(running, listen, publishable, limits or Limits()):
            yield running
    finally:
        if issuers is not None:
            issuers.close()
        # After the last disconnect reducer.
        if writer is not None:
            await writer.close()
        if time_limit is not None:
            time_limit.close()


def _opened(
    module: Module,
    name: str,
    storage: Storage | None,
    time_limit: TimeLimit | None,
    *,
    clock: Callable[[], int],
    seed: int,
    compatibility: Literal["1.2", "2.8"] | None,
) -> Database:
    """The database; where it cannot be opened `storage` and `time_limit` are closed."""
    try:
        check_filters(module)
        return Database(
            module,
            clock=clock,
            # Who passes a clock in wants all timers to follow it.
            steady_clock=_steady_clock if clock is real_clock else None,
            seed=seed,
            # The same name is the same database, before and after a restart.
            identity=identity_from_claims(ISSUER, f"database {name}"),
            owner=identity_from_claims(ISSUER, f"owner of {name}"),
            compatibility=compatibility,
            storage=storage,
            time_limit=time_limit,
        )
    except BaseException:  # whatever it is: the file must be free for who tries again
        if storage is not None:
            storage.abandon()
        if time_limit is not None:
            time_limit.close()
        raise


@asynccontextmanager
async def _listening(
    running: ServerHandle, listen: tuple[str, int], publishable: Mapping[str, Module] | None, limits: Limits
) -> AsyncIterator[None]:
    host = running.database_host
    application = make_application(host, publishable, limits)
    runner = web.AppRunner(
        application,
        access_log=None,
        logger=http_logger(),
        # Bodies are unpacked where their length is bounded.
        auto_decompress=False,
        lingering_time=_STOP_SECONDS,
        shutdown_timeout=_STOP_SECONDS,
    )
    await runner.setup()
    assert runner.server is not None
    runner.server.request_factory = without_strange_expectations(runner.server.request_factory)
    connection_limit = ConnectionLimit(
        runner.server,
        limits.connections or descriptor_limit(),
        limits.request_seconds,
        Received(limits.all_received_bytes),
    )
    try:
        try:
            listening = await asyncio.get_running_loop().create_server(
                connection_limit, *listen, reuse_address=_REUSE, backlog=ACCEPTED_AT_ONCE
            )
            for sock in listening.sockets:
                with sock.dup() as same:  # one of the loop's own cannot be told
                    same.listen(_WAITING_FOR_ACCEPT)
        except OSError as error:
            raise ListenError(*listen, os.strerror(error.errno) if error.errno else str(error)) from error
        host.start()
        try:
            running.listens(*listening.sockets[0].getsockname()[:2])
            yield
        finally:
            listening.close()
            await host.stop()
    finally:
        await connection_limit.close()
        await runner.cleanup()


class Server:
    """A server in a thread, for tests and for programs with a loop of their own:

    with Server(module, database="arena") as server:
        ...  # server.url, server.host ("127.0.0.1:PORT")

    `listen` is `"HOST:PORT"` or a pair of both (AddressError for what is neither), port 0 any free one. With `data_dir` the
    database and the key that signs tokens are kept in that folder, else both live as long as the
    server. `trusted_issuers` are OpenID Connect issuers whose tokens are taken too, as `"URL"` or `"URL=AUDIENCE"`
    (ConfigError for what is none).
    """

    def __init__(
        self,
        module: Module,
        *,
        database: str | None = None,
        listen: tuple[str, int] | str = ("127.0.0.1", 0),
        seed: int = 0,
        data_dir: str | os.PathLike[str] | None = None,
        sync: Sync = "normal",
        accept_loss: bool = False,
        compatibility: Literal["1.2", "2.8"] | None = None,
        publishable: Mapping[str, Module] | None = None,
        limits: Limits | None = None,
        reducer_timeout: float | None = DEFAULT_TIMEOUT,
        trusted_issuers: Iterable[TrustedIssuer | str] = (),
    ) -> None:
        if not isinstance(module, Module):
            raise TypeError(
                f"Server takes the Module that the rules define, not {module!r}: from rules import module; Server(module)"
            )
        self.module = module
        self.name = database or default_database_name(module)
        self._listen = listen_address(listen)
        self._seed = seed
        self._data_dir = Path(data_dir) if data_dir is not None else None
        self._sync: Sync = sync
        self._accept_loss = accept_loss
        self._publishable = publishable
        self._limits = limits
        self._reducer_timeout = reducer_timeout
        self._issuers = TrustedIssuers(trusted_issuers)
        self._compatibility: Literal["1.2", "2.8"] | None = compatibility
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._running: ServerHandle | None = None
        self._failure: BaseException | None = None

    def start(self) -> Self:
        """Returns once the server listens; what keeps it from that is raised here (see `serve`)."""
        if self._thread is not None:
            raise RuntimeError("the server was started already: make another")
        self._thread = threading.Thread(target=self._run, name=f"spacetimedb {self.name}", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def stop(self) -> None:
        """Closes every connection and returns when the server has ended. Stopping twice is fine. Raises what ended it
        before (StorageError), once."""
        if self._thread is None:
            return
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called start()
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        key = SigningKey.in_folder(self._data_dir) if self._data_dir is not None else None
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        async with serve(
            self.module,
            database=self.name,
            listen=self._listen,
            seed=self._seed,
            key=key,
            compatibility=self._compatibility,
            data_dir=self._data_dir,
            sync=self._sync,
            accept_loss=self._accept_loss,
            publishable=self._publishable,
            limits=self._limits,
            reducer_timeout=self._reducer_timeout,
            issuers=self._issuers,
        ) as running:
            self._running = running
            self._ready.set()
            await running.until(self._stopping)

    @property
    def running(self) -> ServerHandle:
        if self._running is None:
            raise RuntimeError("the server has not been started: use it in a `with` block")
        return self._running

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self.running.url

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT` or `[::1]:PORT`, as clients take it."""
        return f"{shown_host(self.running.host)}:{self.running.port}"

    @property
    def owner_token(self) -> str:
        """The token of who owns the database: `HttpClient(server.url, server.owner_token).sql(...)`."""
        return self.running.owner_token

    @property
    def database(self) -> Database:
        """The database itself. Only the server's own thread may touch it: see `run`."""
        return self.running.database_host.database

    def run(self, work: Callable[[Database], T]) -> T:
        """Calls `work` with the database on the server's thread and returns what it returns."""
        loop = self._loop
        if loop is None:
            raise RuntimeError("the server has not been started: use it in a `with` block")

        async def call() -> T:
            return work(self.database)

        return asyncio.run_coroutine_threadsafe(call(), loop).result()
