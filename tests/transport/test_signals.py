"""A signal's handler calls into the client: Python runs it in the main thread, in the midst of whatever the client does there."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState
from spacetimedb_sdk.protocol.frames import Opcode, client_frame
from spacetimedb_sdk.sats.algebraic_type import U8, ArrayType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport.locks import ReentrantLock
from spacetimedb_sdk.transport.outbox import Outbox
from tests.plugins.waiting import PATIENCE, until
from tests.transport.test_forks import connected

SIGNAL = signal.SIGTERM


@pytest.fixture
def handler() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Sets what the signal does. A test that waits for itself ends in KeyboardInterrupt."""
    before = signal.getsignal(SIGNAL)
    watch = threading.Timer(PATIENCE, _thread.interrupt_main)
    watch.start()

    def does(action: Callable[[], object]) -> None:
        signal.signal(SIGNAL, lambda *_: action())

    yield does
    watch.cancel()
    signal.signal(SIGNAL, before)


class Interrupted:
    """A socket at each use of which the signal comes, until it is `over`."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.over = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def send(self, data: bytes) -> int:
        # In parts: what is left of a frame waits while another comes.
        taken = self._socket.send(bytes(data[:7]))
        self._signal()
        return int(taken)

    def recv_into(self, buffer: bytearray) -> int:
        taken = self._socket.recv_into(buffer)
        self._signal()
        return int(taken)

    def _signal(self) -> None:
        if not self.over and threading.current_thread() is threading.main_thread():
            self.over = True
            signal.raise_signal(SIGNAL)
            self.over = False


def interrupted(client: SpacetimeDBClient) -> list[Interrupted]:
    made: list[Interrupted] = []

    def through(socket: Any) -> Any:
        made.append(Interrupted(socket))
        return made[-1]

    client._core.link.reroute(through)  # type: ignore[union-attr]
    return made


def test_a_handler_calls_reducers(embedded: str, handler: Callable[[Callable[[], object]], None]) -> None:
    with connected(embedded) as client:
        calls: list[Any] = []
        handler(lambda: calls.append(client.reducers.nothing()))
        (socket,) = interrupted(client)
        until(lambda: len(calls) >= 20, lambda: client.reducers.nothing(), client)
        socket.over = True
        assert all(call.result(PATIENCE).committed for call in calls)


def test_a_handler_closes_the_client(embedded: str, handler: Callable[[Callable[[], object]], None]) -> None:
    with connected(embedded) as client:
        handler(client.close)
        interrupted(client)
        client.reducers.nothing()
        until(lambda: client.state is ConnectionState.CLOSED, client)


def test_a_wait_ends_when_a_handler_closes_the_client(
    embedded: str, handler: Callable[[Callable[[], object]], None]
) -> None:
    with connected(embedded) as client:
        handler(client.close)
        main = threading.get_ident()
        waiting = threading.Timer(0.1, lambda: signal.pthread_kill(main, SIGNAL))
        waiting.start()
        # Longer than the test may take: a wait that does not end fails it.
        client.update(timeout=10 * PATIENCE)
        waiting.join()
        assert client.state is ConnectionState.CLOSED


def test_a_frame_that_comes_in_the_midst_of_another_goes_after_it() -> None:
    taken = bytearray()
    lock = ReentrantLock()
    outbox = Outbox(lock, 1 << 20)
    frames = [client_frame(Opcode.BINARY, bytes([number]) * 20) for number in range(3)]

    class Socket:
        def send(self, data: bytes) -> int:
            taken.extend(data[:5])
            if len(taken) == 5:
                with lock:
                    outbox.send(frames[1])
                    outbox.send(frames[2])
            return len(data[:5])

    with lock:
        outbox.use(Socket())  # type: ignore[arg-type]
        outbox.send(frames[0])
        while not outbox.is_empty:
            outbox.flush()
    assert bytes(taken) == b"".join(frames)


def test_a_codec_is_asked_for_while_one_is_made() -> None:
    space = CodecSpace(Typespace(()), {})
    with space._lock:
        assert space.codec(ArrayType(U8)).encode(b"a") == b"\1\0\0\0a"
