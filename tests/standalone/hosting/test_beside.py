"""Threads beside the loop, looked at whenever."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path

import pytest

from spacetimedb_sdk.standalone.hosting import beside as beside_module
from spacetimedb_sdk.standalone.hosting.beside import Beside
from spacetimedb_sdk.standalone.quick_switching import QuickSwitching
from tests.plugins.waiting import until

# More than the C library keeps of threads that have ended: the memory of one goes back to the system with the end of the next.
STACK_BYTES = 64 << 20


class Work:
    """Waits until it is let go."""

    def __init__(self) -> None:
        self.thread = 0
        self.going = threading.Event()

    def __call__(self) -> str:
        self.thread = threading.get_native_id()
        self.going.wait()
        return "done"

    def end(self) -> None:
        """Let it go; its thread is no more when this returns."""
        self.going.set()
        until(lambda: not Path(f"/proc/self/task/{self.thread}").exists(), what="the thread did not end")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell which threads have ended")
def test_threads_that_have_just_ended_may_be_looked_at() -> None:
    """The loop learns later that a thread has ended; what the processor did for it is asked for meanwhile."""

    async def run() -> list[str]:
        beside, works = Beside(1.0), (Work(), Work())
        outcomes = [beside.run(work) for work in works]
        until(lambda: all(work.thread for work in works), what="the threads did not begin")

        def end_all() -> None:
            for work in works:
                work.end()

        # The look is due when the loop goes on, and comes after what was asked for before.
        time.sleep(0.01)
        asyncio.get_running_loop().call_soon(end_all)
        return await asyncio.gather(*outcomes)

    usual = threading.stack_size(STACK_BYTES)
    try:
        assert asyncio.run(run()) == ["done", "done"]
    finally:
        threading.stack_size(usual)


def test_threads_switch_quickly_while_one_runs_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    # What a server of another test has begun ends when it will.
    monkeypatch.setattr(beside_module, "QUICK_SWITCHING", QuickSwitching())

    async def run() -> float:
        beside, works = Beside(), (Work(), Work())
        outcomes = [beside.run(work) for work in works]
        until(lambda: all(work.thread for work in works), what="the threads did not begin")
        shortest = sys.getswitchinterval()
        works[0].end()
        await outcomes[0]
        assert sys.getswitchinterval() == shortest
        works[1].end()
        await outcomes[1]
        return shortest

    before, usual = sys.getswitchinterval(), 0.004
    sys.setswitchinterval(usual)
    try:
        assert asyncio.run(run()) < usual
        assert sys.getswitchinterval() == usual
    finally:
        sys.setswitchinterval(before)
