"""The loop over the rows of a table with one callback, in plain Python and compiled."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Coroutine, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from spacetimedb_sdk.bindings.callbacks import CallbackList
from spacetimedb_sdk.client.rows.run_callback import run_callback

pytestmark = pytest.mark.both_decoders
CHANGES: list[tuple[str, Any, Any]] = [("insert", None, 1), ("update", 1, 2), ("delete", 2, None)]
EVENT: Any = object()


class Loop:
    """One run over changes, and what came of it."""

    def __init__(self, callback: Callable[..., object]) -> None:
        self.callbacks = CallbackList()
        self.callbacks.add(callback)
        self.changes = iter(CHANGES)
        self.failures: list[tuple[object, BaseException]] = []
        self.spawned: list[tuple[object, object]] = []

    def failed(self, callback: object, error: BaseException) -> None:
        self.failures.append((callback, error))

    def spawn(self, coroutine: Coroutine[Any, Any, Any], callback: object) -> None:
        coroutine.close()
        self.spawned.append((type(coroutine).__name__, callback))

    def run(
        self, *, deadline: float | None = None, spawns: bool = False, now: Callable[[], float] = float
    ) -> bool:
        spawn = self.spawn if spawns else None
        return run_callback()(self.changes, self.callbacks, EVENT, deadline, spawn, now, self.failed)


def test_each_change_is_told_in_order() -> None:
    seen: list[Any] = []
    assert Loop(lambda *change: seen.append(change)).run() is True
    assert seen == [(*change, EVENT) for change in CHANGES]


def test_any_callable_is_called() -> None:
    class Listener:
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def method(self, *change: object) -> None:
            self.seen.append(change)

        __call__ = method

    for listener in (Listener(), Listener()):
        assert Loop(listener).run()
        assert Loop(listener.method).run()
        assert len(listener.seen) == 6


def test_what_is_called_stands_for_what_was_registered() -> None:
    seen: list[Any] = []
    loop = Loop(print)
    loop.callbacks.remove(print)
    loop.callbacks.add(print, lambda *change: seen.append(change[0]) or 1 / 0)
    assert loop.run()
    assert seen == ["insert", "update", "delete"]
    assert [registered for registered, _ in loop.failures] == [print] * 3


def test_an_error_is_told_and_the_others_still_run() -> None:
    def careless(row_op: str, *rest: object) -> None:
        if row_op != "delete":
            raise ValueError(row_op)

    loop = Loop(careless)
    assert loop.run() is True
    assert [(callback, str(error)) for callback, error in loop.failures] == [
        (careless, "insert"),
        (careless, "update"),
    ]
    line = loop.failures[0][1].__traceback__
    while line is not None and line.tb_next is not None:
        line = line.tb_next
    assert line is not None
    assert line.tb_frame.f_code is careless.__code__


def test_an_error_is_being_handled_while_it_is_told() -> None:
    def raises(*change: object) -> None:
        raise ValueError

    loop = Loop(raises)
    seen: list[object] = []

    def failed(callback: object, error: BaseException) -> None:
        seen.append(sys.exc_info()[1] is error)

    loop.failed = failed  # type: ignore[method-assign]
    try:
        raise KeyError
    except KeyError:
        loop.run()
        seen.append(type(sys.exc_info()[1]))
    assert seen == [True, True, True, KeyError]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, ValueError])
def test_what_is_not_taken_ends_the_run_behind_its_change(error: type[BaseException]) -> None:
    def raises(*change: object) -> None:
        raise error

    loop = Loop(raises)

    def passes_on(callback: object, error: BaseException) -> None:
        raise error

    loop.failed = passes_on  # type: ignore[method-assign]
    with pytest.raises(error):
        loop.run()
    assert list(loop.changes) == CHANGES[1:]


def test_an_error_of_the_changes_is_the_callers() -> None:
    def broken() -> Iterator[tuple[str, Any, Any]]:
        yield CHANGES[0]
        raise ZeroDivisionError

    seen: list[Any] = []
    loop = Loop(lambda *change: seen.append(change))
    loop.changes = broken()
    with pytest.raises(ZeroDivisionError):
        loop.run()
    assert len(seen) == 1


@pytest.mark.parametrize("change", [("insert", None), "abcd", 7])
def test_a_change_that_is_none_is_an_error(change: Any) -> None:
    loop = Loop(lambda *change: None)
    loop.changes = iter([change])
    with pytest.raises((TypeError, ValueError)):
        loop.run()


def test_it_stops_where_the_list_of_callbacks_has_changed() -> None:
    def once(*change: object) -> None:
        loop.callbacks.remove(once)

    loop = Loop(once)
    assert loop.run() is False
    assert list(loop.changes) == CHANGES[1:]

    def both(*change: object) -> None:
        loop.callbacks.add(print)
        raise ValueError

    loop = Loop(both)
    assert loop.run() is False
    assert len(loop.failures) == 1


def test_a_callback_that_takes_itself_back_lives_until_it_returns() -> None:
    def registered() -> Loop:
        def passing(*change: object) -> None:
            loop.callbacks.entries = ()
            gc.collect()
            seen.append(change[0])

        loop = Loop(passing)
        return loop

    seen: list[object] = []
    assert registered().run() is False
    assert seen == ["insert"]


def test_it_stops_at_the_deadline_behind_a_change() -> None:
    clock = iter([1.0, 2.0])
    loop = Loop(lambda *change: None)
    assert loop.run(deadline=2.0, now=lambda: next(clock)) is False
    assert list(loop.changes) == CHANGES[2:]
    # At the last one, too: what is left is nothing, which the next run says.
    loop = Loop(lambda *change: None)
    clock = iter([1.0, 1.0, 2.0])
    assert loop.run(deadline=2.0, now=lambda: next(clock)) is False
    assert loop.run(deadline=2.0, now=lambda: next(clock)) is True


def test_coroutines_are_spawned_where_there_is_a_loop_for_them() -> None:
    async def later(*change: object) -> None: ...

    loop = Loop(later)
    assert loop.run(spawns=True)
    assert loop.spawned == [("coroutine", later)] * 3
    assert Loop(lambda *change: SimpleNamespace()).run(spawns=True)


def test_an_error_of_spawning_is_the_callbacks() -> None:
    async def later(*change: object) -> None: ...

    loop = Loop(later)

    def no_loop(coroutine: Coroutine[Any, Any, Any], callback: object) -> None:
        coroutine.close()
        raise RuntimeError("the loop is closed")

    loop.spawn = no_loop  # type: ignore[method-assign]
    assert loop.run(spawns=True)
    assert [str(error) for _, error in loop.failures] == ["the loop is closed"] * 3


def test_nothing_is_kept_of_what_was_told() -> None:
    rows = [object() for _ in range(3)]
    callbacks = [lambda *change: None, lambda *change: 1 / 0]

    def rounds() -> None:
        for callback in callbacks:
            loop = Loop(callback)
            loop.changes = iter([("update", rows[0], rows[1]), ("delete", rows[2], None)])
            assert loop.run()
            loop.failures.clear()

    rounds()
    gc.collect()
    counts = [*map(sys.getrefcount, rows), *map(sys.getrefcount, callbacks), sys.getrefcount(EVENT)]
    for _ in range(20):
        rounds()
    gc.collect()
    assert [
        *map(sys.getrefcount, rows),
        *map(sys.getrefcount, callbacks),
        sys.getrefcount(EVENT),
    ] == counts


@pytest.mark.parametrize("entries", [None, "entries", property(), type.__dict__["__basicsize__"]])
def test_entries_that_are_no_slot_are_refused(rows_read_by: str, entries: object) -> None:
    if rows_read_by == "accelerator":
        with pytest.raises((TypeError, ValueError)):
            import_module("spacetimedb_accelerator").RunCallback(print, entries)


@pytest.mark.accelerator
def test_it_is_compiled_where_the_accelerator_is_installed() -> None:
    assert hasattr(run_callback(), "otherwise")
