"""Alarms: what is due goes before what clients ask for, and its failure is none of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from spacetimedb_sdk.standalone.turns import ClientGone, Share, Turns
from spacetimedb_sdk.standalone.web.connection import Connection

# So far ahead that the loop itself never comes to it.
_LATER = 3_600.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def run(story: Callable[[Turns, Clock], Awaitable[None]]) -> None:
    async def whole() -> None:
        clock = Clock()
        await story(Turns(clock), clock)

    asyncio.run(whole())


async def begin(share: Share) -> None:
    share.begin()


async def checkpoint(share: Share) -> None:
    share.begin()
    share._turns.clock.now += _LATER  # type: ignore[attr-defined]
    await share.checkpoint()


@pytest.mark.parametrize("work", [begin, checkpoint])
def test_an_alarm_that_is_due_goes_before_the_work_of_a_client(
    work: Callable[[Share], Awaitable[None]],
) -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        done: list[str] = []
        for name, hours in (("second", 2), ("first", 1), ("much later", 9)):
            turns.alarms.set(hours * _LATER, lambda name=name: done.append(name))  # type: ignore[misc]
        share = turns.share()
        share.begin()
        share.end()
        assert done == []
        clock.now += 2 * _LATER
        await work(share)
        assert done == ["first", "second"]
        share.end()
        share.begin()
        assert done == ["first", "second"], "each is rung once"

    run(story)


def test_alarms_that_follow_each_other_closely_leave_half_of_the_time_to_calls() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        done: list[str] = []

        def again() -> None:
            clock.now += 3.0
            done.append("rung")
            turns.alarms.set(0.0, again)

        share = turns.share()
        turns.alarms.set(0.0, again)
        for _ in range(9):
            share.begin()
            done.append("call")
            clock.now += 1.0
            share.end()
        assert done == ["rung", "call", "call", "call"] * 3

    run(story)


def test_one_that_was_cancelled_is_never_rung() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        done: list[str] = []
        turns.alarms.set(0.0, lambda: done.append("by the loop")).cancel()
        turns.alarms.set(0.0, lambda: done.append("by the work")).cancel()
        clock.now += _LATER
        turns.share().begin()
        await asyncio.sleep(0.01)
        assert done == []

    run(story)


def test_one_that_another_cancels_is_never_rung() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        done: list[str] = []
        second = turns.alarms.set(2 * _LATER, lambda: done.append("second"))
        turns.alarms.set(_LATER, second.cancel)
        clock.now += 3 * _LATER
        turns.share().begin()
        assert done == []

    run(story)


def test_the_loop_rings_where_no_client_asks_for_anything() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        rung = asyncio.Event()
        turns.alarms.set(0.001, rung.set)
        await rung.wait()

    run(story)


def test_one_that_fails_is_told_to_the_loop_and_the_client_goes_on() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        done: list[str] = []

        def fail() -> None:
            raise OSError("no space left")

        turns.alarms.set(_LATER, fail)
        turns.alarms.set(2 * _LATER, lambda: done.append("the next"))
        clock.now += 2 * _LATER
        turns.share().begin()
        assert [str(context["exception"]) for context in told] == ["no space left"]
        assert done == ["the next"]

    run(story)


def test_what_an_alarm_takes_is_not_counted_for_the_client() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        def work() -> None:
            clock.now += 5.0

        share = turns.share()
        for each in (share.begin, share.checkpoint):
            clock.now += _LATER
            turns.alarms.set(0.0, work)
            before = clock.now
            outcome = each()
            if outcome is not None:
                await outcome
            assert clock.now == before + 5.0
        share.end()
        assert share.spent == _LATER  # from the beginning to the checkpoint

    run(story)


def test_a_client_that_an_alarm_sends_away_asks_for_nothing_more() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        gone: list[bool] = []
        share = turns.share(gone=lambda: bool(gone))
        share.begin()
        turns.alarms.set(0.0, lambda: gone.append(True))
        with pytest.raises(ClientGone):
            await share.checkpoint()

    run(story)


class Socket(asyncio.Transport):
    """Takes whatever is written."""

    def __init__(self, taken: list[bytes | str]) -> None:
        super().__init__()
        self._taken = taken

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._taken.append(bytes(data))

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


def test_an_alarm_that_is_due_goes_before_frames_are_written() -> None:
    async def story(turns: Turns, clock: Clock) -> None:
        done: list[bytes | str] = []
        connection = Connection(Socket(done), asyncio.get_running_loop(), alarms=turns.alarms)

        def ring() -> None:
            done.append("rung")
            connection.deliver(b", second")

        turns.alarms.set(_LATER, ring)
        connection.deliver(b"first")
        clock.now += _LATER
        await asyncio.sleep(0)
        assert done == ["rung", b"first, second"]

    run(story)
