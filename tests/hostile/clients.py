"""Attackers and their victim: raw clients, and what of the loop's time each of them has."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import websocket

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Server
from tests.places import ROOT

__all__ = ["Host", "LoopTurns", "Victim", "attacker", "greeted", "served"]

# Long enough for a busy machine: what is waited for comes, or the test has failed.
PATIENCE = 120.0


class Host:
    """What an attacker needs of a server, wherever it runs."""

    def __init__(self, host: str, token: str) -> None:
        self.host = host
        self.name = "hostile"
        self.token = token


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], Host]]:
    """A server in a process of its own."""
    token = folder / "owner.token"
    command = [sys.executable, "-m", "spacetimedb_sdk.standalone", "--module", "tests.hostile.hostile_module"]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--owner-token", str(token), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        try:
            yield process, Host(url.removeprefix("http://"), token.read_text())
        finally:
            process.kill()


def attacker(
    server: Server | Host, protocol: str = "v3.bsatn.spacetimedb", query: str = "compression=None"
) -> Any:
    """A socket on which the greeting has come."""
    socket = websocket.create_connection(
        f"ws://{server.host}/v1/database/{server.name}/subscribe?{query}",
        subprotocols=[protocol],
        timeout=PATIENCE,
        # Which takes a second for each megabyte.
        skip_utf8_validation=True,
    )
    greeted(socket)
    return socket


def greeted(socket: Any) -> None:
    assert socket.recv()


class Victim:
    """Calls an empty reducer again and again, from a thread of its own, and notes how long each answer took (seconds)."""

    def __init__(self, server: Server | Host) -> None:
        self.waits: list[float] = []
        self._socket = attacker(server, "v1.bsatn.spacetimedb")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="victim")

    def _run(self) -> None:
        number = 0
        while True:  # once at least, however late a busy machine begins with it
            number += 1
            began = time.perf_counter()
            self._socket.send_binary(v1.CLIENT_MESSAGE.encode(v1.CallReducer("nothing", b"", number)))
            self._socket.recv()
            self.waits.append(time.perf_counter() - began)
            if self._stopping.wait(0.001):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._socket.close(timeout=1)


class LoopTurns:
    """What each turn of a server's loop takes of the processor (seconds): what the others wait for, whatever else the
    machine does."""

    def __init__(self, server: Server) -> None:
        self.seconds: list[float] = []
        # A server has a process of its own: what other tests left in this one is nothing its collector would look through.
        gc.freeze()
        server.run(lambda _: self._watch(asyncio.get_running_loop()))

    def _watch(self, loop: Any) -> None:
        select = loop._selector.select
        begun = time.thread_time()

        def watched(timeout: float | None = None) -> Any:
            nonlocal begun
            self.seconds.append(time.thread_time() - begun)
            found = select(timeout)
            begun = time.thread_time()
            return found

        loop._selector.select = watched
