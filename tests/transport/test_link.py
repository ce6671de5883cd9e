"""A link on a socket pair with a clock of the test's own: time limits, backlog, what is to be sent, and who reads."""

from __future__ import annotations

import gc
import selectors
import socket
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from spacetimedb_sdk.errors import BacklogError, ConnectionLost, ProtocolError
from spacetimedb_sdk.protocol.frames import Opcode
from spacetimedb_sdk.protocol.outcomes import Closed, SubscriptionRefused
from spacetimedb_sdk.transport import link as link_module
from spacetimedb_sdk.transport import readiness
from spacetimedb_sdk.transport.gc_pause import BULK_BYTES, GcPause
from spacetimedb_sdk.transport.heartbeat import PING_INTERVAL, SILENCE_LIMIT
from spacetimedb_sdk.transport.inbox import OUTCOME_BYTES
from spacetimedb_sdk.transport.io_thread import _Loop
from spacetimedb_sdk.transport.link import BACKLOG_PATIENCE, CLOSE_PATIENCE, OVERDUE, OWN_BYTES, Link
from spacetimedb_sdk.transport.reading import LEASE, Event
from tests.plugins.counting import has_slow_look_ups

from .wire import BACKLOG, STEP, Wire

PING, PONG, CLOSE = 0x9, 0xA, 0x8


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.closed()


# -- silence ------------------------------------------------------------------------------------------------------------


def test_a_server_gone_silent_is_noticed(wire: Wire) -> None:
    wire.passes(SILENCE_LIMIT)
    assert not wire.link.has_ended
    assert [opcode for opcode, _ in wire.heard()] == [PING] * 9, (
        "one as soon as more than two seconds have passed"
    )
    wire.passes(2 * STEP)
    closed = wire.ended()
    assert isinstance(closed.error, ConnectionLost)
    assert closed.reason == "nothing came from the server for 20 s"


def test_a_pong_is_no_silence_and_measures_the_way(wire: Wire) -> None:
    for _ in range(int(60 / STEP)):
        wire.passes(STEP)
        for opcode, payload in wire.heard():
            assert opcode == PING
            wire.server.control(PONG, payload)
    assert not wire.link.has_ended
    assert wire.link.timing.round_trip == pytest.approx(STEP)


def test_a_pong_that_answers_nothing_measures_nothing(wire: Wire) -> None:
    wire.passes(PING_INTERVAL + STEP)
    wire.server.control(PONG, b"whatever")
    wire.passes(STEP)
    assert wire.link.timing.round_trip is None


def test_a_process_that_stood_still_reads_before_it_judges(wire: Wire) -> None:
    wire.passes(1.0)
    wire.now += 3600.0
    wire.link.check_clock(wire.now)
    assert not wire.link.has_ended, "its own standstill is not the server's silence"
    wire.passes(SILENCE_LIMIT + PING_INTERVAL)
    assert wire.link.has_ended, "and the silence that follows is"


def test_what_has_come_and_was_not_read_is_no_silence(wire: Wire) -> None:
    assert wire.link.lend() is wire.ours
    wire.server.control(PONG, b"still here")
    for _ in range(int((SILENCE_LIMIT + 5) / STEP)):
        wire.now += STEP
        wire.link.check_clock(wire.now)
    assert not wire.link.has_ended


def test_a_loop_that_is_stuck_loses_the_socket_and_gets_it_back(wire: Wire) -> None:
    assert wire.link.lend() is wire.ours
    wire.passes(OVERDUE)
    wire.server.binary(b"meanwhile")
    wire.passes(2 * STEP)
    assert not wire.link.is_lent
    assert wire.said() == ["meanwhile"], "read by the I/O thread"
    assert wire.woken
    assert not wire.link.read(), "the loop is told to let go"
    wire.link.give_back()
    assert wire.link.lend() is wire.ours


# -- the backlog -----------------------------------------------------------------------------------------------------------


def fill(wire: Wire) -> int:
    """Messages until no more are read; how many were."""
    count = 0
    while wire.link.interest() & selectors.EVENT_READ:
        wire.server.binary(b"x" * 1000)
        wire.serve()
        count += 1
        assert count < 100
    return count


def test_a_full_inbox_stops_the_reading_and_pings_go_on(wire: Wire) -> None:
    assert fill(wire) == BACKLOG // 1000
    assert wire.link.lend() is None
    wire.server.binary(b"later")
    wire.passes(BACKLOG_PATIENCE - STEP)
    assert not wire.link.has_ended
    assert {opcode for opcode, _ in wire.heard()} == {PONG}, (
        "asked for by none: it keeps the connection alive"
    )
    assert wire.link.take() is not None
    wire.link.check_clock(wire.now)
    assert not wire.link.has_ended, "silence while nothing was read is not the server's"
    wire.serve()
    assert wire.said()[-1] == "later"


def test_room_in_a_full_inbox_is_told_and_the_server_was_not_silent_before(wire: Wire) -> None:
    fill(wire)
    wire.passes(SILENCE_LIMIT + STEP)
    poked = wire.poked
    assert wire.link.take() is not None
    assert wire.poked == poked + 1, "reading goes on without waiting for the next look at the clock"
    wire.link.check_clock(wire.now)
    assert not wire.link.has_ended


def test_a_program_that_stops_reading_gets_a_clear_error(wire: Wire) -> None:
    fill(wire)
    wire.passes(BACKLOG_PATIENCE + 2 * STEP)
    error = wire.ended().error
    assert isinstance(error, BacklogError)
    assert not error.to_server
    assert (error.queued_bytes, error.limit_bytes) == (BACKLOG, BACKLOG)
    assert "call update() more often" in str(error)


def test_what_waits_is_charged_for_what_it_inflates_to(wire: Wire) -> None:
    """Many messages of a few bytes come with one read: no more are decoded than have room, the rest when there is some."""
    wire.codec.inflates = 100
    texts = [f"{number:010}" for number in range(50)]
    for text in texts:
        wire.server.binary(text.encode())
    wire.serve()
    assert wire.link.queued_bytes == BACKLOG
    assert wire.link.waiting == BACKLOG // 1000
    wire.serve()
    assert wire.link.queued_bytes == BACKLOG
    said: list[str] = []
    while len(said) < len(texts):
        outcome = wire.link.take()
        assert isinstance(outcome, SubscriptionRefused)
        said.append(outcome.message)
        if len(said) <= len(texts) - BACKLOG // 1000:
            assert wire.link.lend() is None, "what was read already shows at no socket"
        wire.link.catch_up(wire.buffer)
        assert wire.link.queued_bytes <= BACKLOG
    assert said == texts
    assert wire.link.lend() is wire.ours


def test_one_message_of_any_size_may_wait(wire: Wire) -> None:
    wire.codec.inflates = 10_000
    wire.server.binary(b"large")
    wire.serve()
    assert wire.link.queued_bytes == 50_000 > 2 * BACKLOG
    wire.passes(BACKLOG_PATIENCE - STEP)
    assert wire.said() == ["large"]


def test_empty_messages_are_not_free(wire: Wire) -> None:
    count = 0
    while wire.link.interest() & selectors.EVENT_READ:
        wire.server.binary(b"")
        wire.serve()
        count += 1
    assert count == BACKLOG // OUTCOME_BYTES + 1


def test_what_is_owed_to_a_server_that_does_not_read_is_bounded(wire: Wire) -> None:
    wire.server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sent = 0
    while not wire.link.has_ended:
        wire.link.send(b"c" * 5000)
        sent += 1
        assert sent < 10_000
    error = wire.ended().error
    assert isinstance(error, BacklogError)
    assert error.to_server
    assert error.queued_bytes <= BACKLOG + 5100
    assert "the server takes calls more slowly" in str(error)


# -- endless servers ---------------------------------------------------------------------------------------------------------


def test_one_pong_answers_all_pings_that_came_at_once(wire: Wire) -> None:
    pings = [b"%d" % number for number in range(500)]
    wire.server.socket.sendall(b"".join(bytes([0x80 | PING, len(ping)]) + ping for ping in pings))
    wire.serve()
    assert wire.heard() == [(PONG, b"499")]


def test_pongs_are_not_piled_up_for_a_server_that_does_not_read(wire: Wire) -> None:
    wire.server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    outbox = wire.link._outbox
    while outbox.is_empty:
        wire.link.send(b"x" * 1000)
    queued = outbox.size
    for number in range(1000):
        wire.server.control(PING, b"%d" % number)
        wire.serve()
    assert outbox.size <= queued
    while not outbox.is_empty:
        frames = wire.heard()
        wire.serve()
    frames += wire.heard()
    assert [payload for opcode, payload in frames if opcode == PONG] == [b"999"]


@pytest.mark.parametrize(
    "endless",
    [b"\x89\x00", b"\x02\x00\x00\x00" + b"\x00\x00" * 10, b"\x8a\x00"],
    ids=["pings", "empty continuations", "pongs"],
)
def test_a_wait_keeps_its_deadline_whatever_comes(wire: Wire, endless: bytes, monkeypatch: Any) -> None:
    reads = 0
    take_in = Link._receive

    def reading(link: Link, *args: Any) -> None:
        nonlocal reads
        reads += 1
        wire.now += 0.01
        take_in(link, *args)
        # The next ones are there before these have been looked at.
        wire.server.socket.sendall(endless[-2:] * 10)

    monkeypatch.setattr(Link, "_receive", reading)
    wire.server.socket.sendall(endless)
    with GcPause() as pause:
        waited = wire.link._clock()
        wire.link._inbox.wait = lambda seconds: False  # type: ignore[method-assign]
        assert not wire.link.wait(0.1, pause)
        assert wire.link._clock() - waited < 0.2
    assert 10 <= reads <= 12


def test_a_control_frame_that_is_too_long_ends_the_connection(wire: Wire) -> None:
    wire.server.socket.sendall(b"\x89\x7e\x10\x00" + bytes(4096))
    wire.serve()
    error = wire.ended().error
    assert isinstance(error, ProtocolError)
    assert "control frame" in str(error)


# -- closing -----------------------------------------------------------------------------------------------------------------


def test_a_goodbye_without_an_answer_is_not_waited_for(wire: Wire) -> None:
    wire.link.close()
    assert wire.heard() == [(CLOSE, b"\x03\xe8")]
    wire.passes(CLOSE_PATIENCE)
    assert not wire.link.has_ended
    wire.server.control(PING)
    wire.passes(2 * STEP)
    assert wire.ended() == Closed("closed", None)


def test_a_closing_link_goes_back_to_the_io_thread(wire: Wire) -> None:
    wire.server.binary(b"x")
    assert wire.wait(1.0)
    assert wire.link.take() is not None
    assert not wire.link.is_quiet
    wire.link.close()
    assert wire.link.is_quiet
    assert wire.link.interest() & selectors.EVENT_READ
    # Nor does a wait take it for longer than it lasts: the goodbye is to be read.
    wire.server.binary(b"y")
    assert wire.wait(1.0)
    assert wire.link.take() is not None
    assert wire.link.interest() & selectors.EVENT_READ


def test_a_thread_that_comes_back_late_has_nothing_to_look_for(wire: Wire) -> None:
    wire.server.binary(b"x")
    assert wire.wait(1.0)
    assert wire.link.take() is not None
    assert not wire.link.is_quiet
    wire.now += 2 * LEASE
    assert wire.link.is_quiet


# -- who reads ---------------------------------------------------------------------------------------------------------------


def test_a_large_message_belongs_to_the_io_thread(wire: Wire) -> None:
    sock = wire.link.lend()
    assert sock is wire.ours
    whole = b"z" * (2 * OWN_BYTES)
    head = b"\x82\x7f" + len(whole).to_bytes(8, "big")
    wire.server.socket.sendall(head + whole[: OWN_BYTES + 100])
    while wire.link.read():
        pass
    assert not wire.link.is_lent
    wire.link.give_back()
    assert wire.link.lend() is None
    assert not wire.link.interest() & selectors.EVENT_WRITE
    wire.server.socket.sendall(whole[OWN_BYTES + 100 :])
    while not wire.link.waiting:
        wire.serve()
    assert [len(text) for text in wire.said()] == [len(whole)]
    assert wire.link.lend() is wire.ours


def test_an_ended_link_stays_in_one_piece_until_it_is_given_back(wire: Wire) -> None:
    wire.link.lend()
    wire.server.socket.close()
    wire.link.read()
    assert wire.link.has_ended
    assert not wire.link.dismantle(), "its socket is in the loop's selector"
    wire.link.give_back()
    assert wire.link.dismantle()
    assert wire.ours.fileno() == -1


def test_whose_wait_ends_with_the_link_has_its_socket_closed(wire: Wire) -> None:
    wire.server.socket.close()
    assert wire.wait(10.0)
    assert wire.link.has_ended
    assert wire.could_end[-1], "the last look is one at which nobody reads any more"


def test_a_message_that_says_nothing_wakes_nobody(wire: Wire, monkeypatch: Any) -> None:
    """A batch of subscriptions with no sets in it, for instance."""
    monkeypatch.setattr(wire.codec, "decode", lambda frame: [])
    wire.server.binary(b"x")
    wire.serve()
    assert (wire.link.bytes_received > 0, wire.link.waiting, wire.woken) == (True, 0, 0)


def test_who_looks_for_an_answer_in_vain_gives_way_before_the_next_look(wire: Wire, monkeypatch: Any) -> None:
    """The server may be what waits for the processor: in this test it answers only while it is given it."""
    given = 0

    def give_way() -> None:
        nonlocal given
        given += 1
        if given == 3:
            wire.server.binary(b"answer")

    monkeypatch.setattr(link_module, "give_way", give_way)
    monkeypatch.setattr(readiness, "LOOK_SECONDS", 60.0)
    wire.link._answer = readiness.NearAnswer()
    wire.link._clock = time.monotonic
    wire.link.send(b"asked")
    assert wire.wait(10.0)
    assert (given, wire.said()) == (3, ["answer"])
    wire.link.send(b"asked")
    wire.server.binary(b"at once")
    assert wire.wait(10.0)
    assert (given, wire.said()) == (3, ["at once"])


@pytest.mark.parametrize(("size", "is_on"), [(BULK_BYTES - 200, False), (BULK_BYTES, True)])
def test_the_collector_pauses_while_much_is_decoded_whoever_reads(wire: Wire, size: int, is_on: bool) -> None:
    for is_read_here in (True, False):
        with GcPause() as pause:
            wire.server.binary(bytes(size))
            if is_read_here:
                assert wire.link.wait(10.0, pause)
            else:
                wire.link._waiting = pause
                wire.link._note(Event.LEASE_RAN_OUT)
                wire.serve()
            assert (wire.link.waiting, pause.is_on) == (1, is_on)
        wire.said()


def test_a_wait_that_is_over_is_not_decoded_for(wire: Wire) -> None:
    wire.link.lend()  # another reads, so the wait is for what that one brings
    with GcPause() as pause:
        assert not wire.link.wait(0.0, pause)
        wire.link.give_back()
        wire.server.binary(bytes(BULK_BYTES))
        wire.serve()
        assert (wire.link.waiting, pause.is_on) == (1, False)


@pytest.mark.parametrize(("is_waited_for", "given"), [(False, [0]), (True, [])])
def test_a_long_decode_gives_up_the_interpreter_unless_the_program_waits_for_it(
    is_waited_for: bool, given: list[float], wire: Wire, monkeypatch: Any
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with GcPause() as pause:
        wire.link._waiting = pause if is_waited_for else None
        decode = wire.codec.decode

        def long(frame: bytes) -> Any:
            wire.now += 1.0
            return (yield from decode(frame))

        monkeypatch.setattr(wire.codec, "decode", long)
        wire.server.binary(b"x")
        wire.serve()
        assert (wire.link.waiting, slept) == (1, given)


def test_opcodes_of_this_file_are_the_protocols() -> None:
    assert (PING, PONG, CLOSE) == (Opcode.PING, Opcode.PONG, Opcode.CLOSE)


def test_a_link_has_no_more_attributes_than_are_looked_up_quickly(wire: Wire) -> None:
    wire.server.binary(b"one")
    assert wire.link.wait(10.0, GcPause())
    assert not has_slow_look_ups(wire.link)


def test_a_link_that_has_ended_is_not_kept_for_a_thread_that_has_ended_too(wire: Wire) -> None:
    """A program may go on to update a client that is closed: each wait pokes the thread."""
    loop = _Loop()
    wire.link.finish(Closed("gone"))
    for _ in range(3):
        loop.poke(wire.link)
    assert not loop._poked


def test_a_link_that_is_let_go_of_is_gone_at_once() -> None:
    """Nothing in it refers back to it: a client that reconnects for days leaves no links to the collector."""
    wire = Wire()
    link = weakref.ref(wire.link)
    gc.disable()
    try:
        del wire.link
        assert link() is None
    finally:
        gc.enable()
        wire.ours.close()
        wire.server.socket.close()
