"""Bots over a real restart of the server's process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest

from game.bots.figures import Second
from game.bots.swarm import SwarmResult, SwarmSettings, run_swarm
from game.launcher.child_processes import ServerProcess
from tests.plugins.ports import held_port
from tests.plugins.waiting import until


class Swarm:
    """Three bots in a thread; `seconds` is what they did in each."""

    def __init__(self, address: str) -> None:
        self.seconds: list[Second] = []
        self.result: SwarmResult | None = None
        self._settings = SwarmSettings(server=address, database="blackholio", count=3, seed=5)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.result = self._loop.run_until_complete(
            run_swarm(self._settings, self._stop, self.seconds.append)
        )
        self._loop.close()

    def await_playing(self, count: int, what: str) -> set[str]:
        """Until in one second so many play; their names, of that very second."""
        found: list[Second] = []

        def has_come() -> bool:
            found[:] = self.seconds[-1:]
            return bool(found) and found[0].playing == count

        until(has_come, what=what)
        return {name for name, _ in found[0].leaders}

    def end(self) -> SwarmResult:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        assert self.result is not None
        return self.result


Start = Callable[..., ServerProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def make(listen: str, *, keep_world: bool = True, data_dir: str = "server") -> ServerProcess:
            server = ServerProcess(
                listen=listen,
                database="blackholio",
                data_dir=tmp_path / data_dir,
                seed=1,
                keep_world=keep_world,
            )
            return stack.enter_context(server)

        yield make


@pytest.mark.parametrize(
    ("keep_world", "data_dir"),
    [(True, "server"), (False, "server"), (False, "another")],
    ids=["kept", "begun anew", "with another key"],
)
def test_bots_come_back_under_their_names(start: Start, keep_world: bool, data_dir: str) -> None:
    server = start("127.0.0.1:0", keep_world=keep_world)
    swarm = Swarm(server.address)
    try:
        names = swarm.await_playing(3, "the bots did not begin")
        server.close()
        with held_port(int(server.address.rpartition(":")[2])):
            swarm.await_playing(0, "the bots noticed nothing")
            again = start(server.address, keep_world=keep_world, data_dir=data_dir)
        assert again.address == server.address
        assert swarm.await_playing(3, "the bots did not come back") == names
    finally:
        result = swarm.end()
    assert [record.error for record in result.records] == [None] * 3
    assert {record.name for record in result.records} == names
