"""A server collects all garbage when the next timer is far, whenever Python finds that worth its time."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import HttpError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module
from spacetimedb_sdk.standalone.hosting import host
from spacetimedb_sdk.standalone.hosting.full_collections import FullCollections
from spacetimedb_sdk.standalone.server import serve
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE
from tests.standalone.hosting.test_held_timers import Ticking


class Ring:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def passes() -> Iterator[list[int]]:
    """The generations that are looked through."""
    generations: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            generations.append(info["generation"])

    before = gc.get_threshold()
    gc.set_threshold(50, 5, 5)
    gc.callbacks.append(note)
    yield generations
    gc.callbacks.remove(note)
    gc.set_threshold(*before)
    gc.unfreeze()


def make(count: int) -> list[list[object]]:
    return [[] for _ in range(count)]


def test_garbage_waits_for_a_rest(passes: list[int]) -> None:
    with FullCollections() as collections:
        gc.collect()  # what Python measures by is how much the last one found
        ring = Ring()
        gone = weakref.ref(ring)
        for _ in range(10):
            make(2_000)
        del ring
        old = Ring()  # it will be old when it is garbage
        forgotten = weakref.ref(old)
        for _ in range(10):
            make(2_000)
        del old
        passes.clear()
        kept = make(5_000)
        make(200)  # their memory is there for the next lists, which Python does not count then
        assert 1 in passes
        assert 2 not in passes
        assert forgotten() is not None
        collections.rest()
        assert 2 in passes
        assert forgotten() is None
        assert gone() is None
        count = len(passes)
        collections.rest()
        assert len(passes) == count, "there is no more to be found"
        assert kept


def test_what_is_not_worth_it_is_not_asked_for_in_each_rest(passes: list[int]) -> None:
    with FullCollections() as collections:
        gc.collect()
        kept = make(50_000)
        collections.rest()
        assert 2 in passes
        # A tenth more: Python waits for a quarter.
        more = make(5_000)
        passes.clear()
        collections.rest()
        count = len(passes)
        assert count > 0
        assert 2 not in passes
        collections.rest()
        assert len(passes) == count
        assert kept
        assert more


def test_where_nothing_is_collected_by_itself_a_rest_collects_nothing(passes: list[int]) -> None:
    gc.set_threshold(0, 5, 5)
    with FullCollections() as collections:
        for _ in range(10):
            gc.collect(1)
        passes.clear()
        collections.rest()
        assert passes == []
        assert gc.get_threshold()[0] == 0


def test_afterwards_it_is_as_it_was(passes: list[int]) -> None:
    before = gc.get_threshold()
    with FullCollections() as collections:
        assert gc.get_threshold() != before
    make(5_000)
    collections.rest()
    assert gc.get_threshold() == before


@pytest.mark.parametrize(("far", "in_each_turn"), [(-1.0, True), (1e6, False)])
def test_a_server_rests_when_the_next_timer_is_far(
    far: float, in_each_turn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "_REST_SECONDS", far)
    ticking = Ticking()

    async def story() -> None:
        async with serve(ticking.module, database="ticking") as running:
            loop, rests = asyncio.get_running_loop(), list[float]()
            running.database_host.on_rest = lambda: rests.append(loop.time())
            await ticking.more(2)
            began, before = loop.time(), len(rests)
            if in_each_turn:  # however many ticks a busy machine runs in one
                async with asyncio.timeout(PATIENCE):
                    while len(rests) - before < loop.time() - began + 10:
                        await ticking.more(1)
            else:  # now and then all the same
                await ticking.more(50)
                assert len(rests) - before <= loop.time() - began + 1

    asyncio.run(story())


def test_a_server_without_timers_rests_now_and_then() -> None:
    async def story() -> None:
        async with serve(Module("idle"), database="idle") as running, asyncio.timeout(PATIENCE):
            rested = asyncio.Event()
            running.database_host.on_rest = rested.set
            await rested.wait()

    asyncio.run(story())


def test_the_command_leaves_them_to_the_server(tmp_path: Path) -> None:
    (tmp_path / "thresholds.py").write_text(
        "import gc\n"
        "from spacetimedb_sdk.module import Module, ReducerContext, ReducerError\n"
        "module = Module('thresholds')\n"
        "@module.reducer\n"
        "def tell(ctx: ReducerContext) -> None:\n"
        "    raise ReducerError(f'{gc.get_threshold()[2]} {gc.get_freeze_count() > 0}')\n"
    )
    command = [sys.executable, "-m", "spacetimedb_sdk.standalone", "--module", "thresholds"]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--in-memory", "--data-dir", str(tmp_path), "--parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        _, url, database = process.stdout.readline().split()
        with pytest.raises(HttpError) as told:
            HttpClient(url).call(database, "tell", [])
        process.communicate(timeout=PATIENCE)
    found = re.search(r"(\d+) (True|False)", str(told.value))
    assert found is not None
    assert int(found[1]) > 1_000_000
    assert found[2] == "True"
