"""The inspector as a program: a web server on loopback, and the database that it watches, in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable

from ..errors import CommandError
from ..system.parent import follow_parent
from ..system.requirements import needs
from .guard import Guard
from .log_follower import LogFollower
from .watched import WatchedDatabase

__all__ = ["DEFAULT_PORT", "serve_page"]

# Where the page is, unless something else is there: an address that a person can keep.
DEFAULT_PORT = 3700
_HOST = "127.0.0.1"


def serve_page(
    server_url: str,
    database: str,
    token: str | None,
    *,
    port: int | None = None,
    ready: Callable[[str], None],
    open_browser: bool = False,
    parent: bool = False,
) -> None:
    """Serve the page until Ctrl-C, SIGTERM or, with `parent`, the end of standard input. `ready` is told its address.

    CommandError where `port` is taken; without one it is the usual one, or any that is free. MissingPackageError.
    """
    # NiceGUI asks where it keeps what a program lets it keep, which is nothing here.
    os.environ.setdefault("NICEGUI_STORAGE_PATH", os.devnull)
    with needs("the inspector", "inspect"):
        import uvicorn

        from .pages.application import application

    with _listening(port) as listener:
        watched = WatchedDatabase(server_url, database, token)
        number = listener.getsockname()[1]
        guard = Guard(application(watched, LogFollower(watched)), number)
        config = uvicorn.Config(
            guard,
            log_level="warning",
            access_log=False,
            ws="websockets-sansio",
            timeout_graceful_shutdown=1,
            lifespan="on",
        )
        server = uvicorn.Server(config)

        def is_ready() -> None:
            ready(guard.address)
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(guard.address,), daemon=True).start()

        asyncio.run(_serve(server, listener, watched, is_ready, parent))


def _listening(port: int | None) -> socket.socket:
    for wanted in (DEFAULT_PORT, 0) if port is None else (port,):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two programs have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, wanted))
        except (OSError, OverflowError) as error:
            listener.close()
            if port is not None:
                reason = getattr(error, "strerror", None) or error
                raise CommandError(f"the page cannot listen on port {port}: {reason}") from error
            continue
        return listener
    raise CommandError("no port is free for the page")


async def _serve(
    server: object, listener: socket.socket, watched: WatchedDatabase, ready: Callable[[], None], parent: bool
) -> None:
    import uvicorn

    assert isinstance(server, uvicorn.Server)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    if parent:

        def ended() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself meanwhile
                loop.call_soon_threadsafe(stop)

        follow_parent(ended)
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: uvicorn's own way is left
            loop.add_signal_handler(number, stop)
    watching = loop.create_task(watched.run())
    serving = loop.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.02)
        if server.started:
            ready()
        await serving
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
