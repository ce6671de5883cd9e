"""A child process has a transport of its own, and leaves its parent's connections alone."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from spacetimedb_sdk.errors import ForkedClientError, NoClientError, SpacetimeDBException
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport.link import Link
from spacetimedb_sdk.transport.locks import ReentrantLock
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


def connected(host: str) -> SpacetimeDBClient:
    client = SpacetimeDBClient.init(None, host, "conformance", False, bindings, timeout=PATIENCE)
    until(lambda: client.is_connected, client)
    return client


def in_child(action: Callable[[], None]) -> None:
    """Run `action` in a forked process; what it raises fails the test."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        text = ""
        try:
            action()
        except BaseException:  # noqa: BLE001 - whatever it is, the parent fails with it
            text = traceback.format_exc()
        os.write(writer, text.encode()[:60_000])
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as said:
        told = said.read()
    os.waitpid(pid, 0)
    assert told == ""


def works(client: SpacetimeDBClient) -> None:
    assert client.reducers.nothing().result(PATIENCE).committed


def refuses(action: Callable[[], object]) -> None:
    with pytest.raises(ForkedClientError, match="connect another one here") as caught:
        action()
    assert caught.value.owner == os.getppid()


def test_a_child_connects_for_itself_while_its_parent_is_connected(embedded: str) -> None:
    def child() -> None:
        with connected(embedded) as client:
            works(client)
            bindings.nothing()
            client.update(timeout=0.01)

    with connected(embedded) as parent:
        in_child(child)
        works(parent)


def test_a_parents_client_is_refused_and_not_harmed(embedded: str) -> None:
    with connected(embedded) as parent:

        def child() -> None:
            refuses(parent.update)
            refuses(lambda: parent.update(timeout=0.1))
            refuses(lambda: parent.call_reducer("nothing"))
            refuses(lambda: parent.sql("SELECT * FROM item"))
            with pytest.raises(NoClientError):
                bindings.nothing()
            assert repr(parent)
            parent.close()
            parent.close()

        for _ in range(3):
            in_child(child)
            works(parent)


def test_a_fork_inside_a_callback(embedded: str) -> None:
    forked: list[int] = []
    with connected(embedded) as parent:

        def child() -> None:
            with pytest.raises(SpacetimeDBException):
                parent.call_reducer("nothing")

        def on_applied() -> None:
            in_child(child)
            forked.append(1)

        parent.register_on_subscription_applied(on_applied)
        parent.subscribe(["SELECT * FROM item"])
        until(lambda: forked, parent)
        works(parent)


@contextmanager
def held_by_another_thread(lock: ReentrantLock) -> Iterator[None]:
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            is_held.set()
            is_over.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    yield
    is_over.set()
    if holder.is_alive():  # it is not there in a child
        holder.join()


class Fork:
    """A child that goes on where it was begun, until it has told its parent of itself."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self.pid = -1

    def begin(self) -> None:
        self.pid = os.fork()
        if self.is_child:  # one that waits for a thread of its parent would never end
            signal.alarm(int(PATIENCE))

    @property
    def is_child(self) -> bool:
        return self.pid == 0

    def ends(self, action: Callable[[], object]) -> str:
        """In the child do `action` and tell what it raises, as a type's name; in the parent be told."""
        if self.is_child:
            try:
                said = repr(action())
            except BaseException as error:  # noqa: BLE001 - the parent is told of any
                said = type(error).__name__
            os.write(self._writer, said.encode()[:60_000])
            os._exit(0)
        os.close(self._writer)
        with open(self._reader, encoding="utf-8") as told:
            said = told.read()
        os.waitpid(self.pid, 0)
        return said


def test_a_child_that_comes_back_from_a_callback_finds_no_client(embedded: str) -> None:
    fork, told = Fork(), list[str]()
    with connected(embedded) as parent:
        link = parent._core.link
        assert isinstance(link, Link)

        def on_insert(row: bindings.Item, event: object) -> None:
            told.append(row.name)
            if row.name == "forking-0-0":
                # As the I/O thread may do just then, which a child does not have.
                with held_by_another_thread(link._lock):
                    fork.begin()

        assert parent.reducers.clear_items().result(PATIENCE).committed  # what others left is no row of this
        parent.db.item.on_insert(on_insert)
        handle = parent.subscriptions.add(["SELECT * FROM item"])
        until(lambda: handle.applied, parent)
        for number in range(3):
            parent.reducers.add_items(f"forking-{number}-", 1)
        until(lambda: link.waiting >= 3)
        parent.update()
        assert fork.ends(lambda: (told, refuses(parent.update))) == "(['forking-0-0'], None)"
        until(lambda: len(told) == 3, parent)
        assert parent.reducers.clear_items().result(PATIENCE).committed


def test_a_child_that_comes_back_from_a_callback_of_an_event_loop(embedded: str) -> None:
    fork = Fork()

    async def main() -> None:
        async with SpacetimeDBAsyncClient(bindings) as client:
            await client.connect(None, embedded, "conformance", False)
            handle = client.subscriptions.add(["SELECT * FROM item"])
            handle.on_applied(fork.begin)
            await handle
            assert (await client.call_reducer("nothing")).committed

    ended = "it went on"
    try:
        asyncio.run(main())
    except RuntimeError as error:  # of asyncio itself: no loop runs on in a child
        assert fork.is_child
        ended = str(error)
    assert "it went on" not in fork.ends(lambda: ended)


def test_a_fork_before_the_connection_stands(embedded: str) -> None:
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as parent:
        in_child(lambda: refuses(parent.update))
        until(lambda: parent.is_connected, parent)
        works(parent)


def _worker(host: str, answers: multiprocessing.SimpleQueue[str]) -> None:
    with connected(host) as client:
        answers.put(str(client.call_reducer("nothing").result(PATIENCE).outcome))


def test_multiprocessing_forks_too(embedded: str) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    with connected(embedded) as parent:
        worker = context.Process(target=_worker, args=(embedded, answers))
        worker.start()
        assert "COMMITTED" in answers.get()
        worker.join()
        assert worker.exitcode == 0
        works(parent)


def test_the_collector_goes_on_in_a_child(embedded: str) -> None:
    import gc

    from spacetimedb_sdk.transport.gc_pause import GcPause

    def child() -> None:
        assert gc.isenabled()

    with GcPause() as pause:
        pause.begin()
        assert not gc.isenabled()
        in_child(child)
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("copied", [pickle.dumps, copy.deepcopy])
@pytest.mark.parametrize(
    "part", [lambda client: client, lambda client: client.db.note, lambda client: client.reducers]
)
def test_a_client_is_not_sent_to_another_process(
    embedded: str, copied: Callable[[object], object], part: Callable[[SpacetimeDBClient], object]
) -> None:
    with connected(embedded) as client:
        with pytest.raises(TypeError, match="a client stays in its process"):
            copied(part(client))
        works(client)
