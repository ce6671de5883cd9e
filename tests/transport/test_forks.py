"""A child process has a transport of its own, and leaves its parent's connections alone."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import traceback
from collections.abc import Callable

import pytest

from spacetimedb_sdk.errors import ForkedClientError, NoClientError, SpacetimeDBException
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
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
