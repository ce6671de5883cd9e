"""Looking for an answer that is near, in place of falling asleep and being woken."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.transport.client_link import ClientLink
from spacetimedb_sdk.transport.event_loop import LoopReader
from spacetimedb_sdk.transport.readiness import LOOK_SECONDS, NEAR_SECONDS, NearAnswer

SOON, LATE = LOOK_SECONDS / 2, LOOK_SECONDS * 2


def until(answer: NearAnswer) -> float:
    return answer.sent_at + answer.seconds


def test_what_was_just_sent_is_looked_for_and_not_for_long() -> None:
    answer = NearAnswer()
    answer.sent_at = 10.0
    assert until(answer) > 10.0 + SOON
    assert until(answer) < 10.0 + LATE


def test_after_an_answer_from_afar_none_is_looked_for_until_one_is_near_again() -> None:
    answer = NearAnswer()
    answer.sent_at = 10.0
    answer.received(10.0 + 2 * NEAR_SECONDS)
    answer.sent_at = 20.0
    assert until(answer) < 20.0 + SOON
    answer.received(20.0 + NEAR_SECONDS / 2)
    answer.sent_at = 30.0
    assert until(answer) > 30.0 + SOON


def test_what_comes_later_says_nothing_of_the_answer() -> None:
    answer = NearAnswer()
    answer.sent_at = 10.0
    answer.received(10.0 + SOON)
    answer.received(17.0)
    answer.sent_at = 20.0
    assert until(answer) > 20.0 + SOON


@pytest.fixture
def two_sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    with_one, with_other = socket.socketpair()
    with with_one, with_other:
        yield with_one, with_other


def test_a_loop_stays_awake_while_an_answer_is_looked_for(
    mocker: MockerFixture, two_sockets: tuple[socket.socket, socket.socket]
) -> None:
    """The link is asked at each turn of the loop, though nothing else is to be done there, and no more after it says no. Others
    have the processor between two looks of which the first was in vain."""
    mine, theirs = two_sockets
    give_way = mocker.patch("spacetimedb_sdk.transport.event_loop.give_way")
    looks, done = 0, asyncio.Event()

    class Near:
        waiting = 0
        is_lent = True

        def lend(self) -> socket.socket:
            return mine

        def give_back(self) -> None: ...

        def read(self) -> bool:
            mine.recv(1)
            return True

        @property
        def looks_for_answer(self) -> bool:
            nonlocal looks
            looks += 1
            if looks == 5:
                asyncio.get_running_loop().call_soon(done.set)
            return looks < 5

    link: ClientLink = Near()  # type: ignore[assignment]

    async def main() -> None:
        with LoopReader(asyncio.get_running_loop(), mocker.stub()) as reader:
            reader.watch(link)
            theirs.send(b"x")
            await done.wait()

    asyncio.run(main())
    assert (looks, give_way.call_count) == (5, 3)
