"""What a module raises is that call's failure, whatever it is and wherever it happens: undone, logged, and survived."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk.module import (
    Identity,
    Module,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    ViewContext,
    column,
    u32,
    u64,
)
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.engine.time_limit import TimeLimit
from spacetimedb_sdk.standalone.errors import ReducerPanic, is_interrupt
from tests.standalone.http_client import JSON, ask, sql

ME = Identity.from_bytes(bytes(range(32)))
SECRET = "secret-of-the-module"


class Mute(Exception):
    """An error whose text ends the program."""

    def __str__(self) -> str:
        sys.exit(SECRET)


class Both(BaseExceptionGroup[BaseException]):
    pass


def recurse() -> None:
    recurse()


def leave() -> None:
    sys.exit(SECRET)


def throw(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


WAYS: dict[str, Callable[[], None]] = {
    "exit": leave,
    "interrupt": throw(KeyboardInterrupt(SECRET)),
    "cancelled": throw(asyncio.CancelledError(SECRET)),
    "generator exit": throw(GeneratorExit(SECRET)),
    "stop iteration": throw(StopIteration(SECRET)),
    "memory": throw(MemoryError(SECRET)),
    "recursion": recurse,
    "no text": throw(Mute()),
    "group": throw(Both("both", [KeyboardInterrupt(SECRET), SystemExit(SECRET)])),
    "surrogate": throw(ValueError(f"{SECRET} \ud800")),
    "key": throw(KeyError(SECRET)),
    "escape": throw(OSError(f"\x1b]0;{SECRET}\x07\n12:00:00 forged")),
}


def shaky() -> Module:
    """A module that fails as it is asked to, everywhere."""
    module = Module("shaky", style="2.x")
    connecting: list[str] = []

    @module.table(public=True)
    class Item(Row):
        item_id: u32 = column(primary_key=True, auto_inc=True)
        name: str

    @module.table(scheduled="tick")
    class Tick(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt
        way: str

    @module.client_connected
    def connect(ctx: ReducerContext) -> None:
        for way in connecting:
            ctx.db[Item].insert(Item(0, "half"))
            WAYS[way]()

    @module.client_disconnected
    def disconnect(ctx: ReducerContext) -> None:
        for way in connecting:
            WAYS[way]()

    @module.reducer
    def fail(ctx: ReducerContext, way: str) -> None:
        ctx.db[Item].insert(Item(0, "half"))
        WAYS[way]()

    @module.reducer
    def refuse(ctx: ReducerContext) -> None:
        raise ReducerError("not \ud800 today")

    @module.reducer
    def add(ctx: ReducerContext, name: str) -> None:
        ctx.db[Item].insert(Item(0, name))

    @module.reducer
    def add_broken(ctx: ReducerContext) -> None:
        ctx.db[Item].insert(Item(0, "\ud800"))

    @module.reducer
    def reject(ctx: ReducerContext, way: str) -> None:
        connecting[:] = [way] if way else []

    @module.reducer
    def tick(ctx: ReducerContext, timer: Tick) -> None:
        ctx.db[Item].insert(Item(0, "half"))
        WAYS[timer.way]()

    @module.reducer
    def tick_soon(ctx: ReducerContext, way: str) -> None:
        ctx.db[Tick].insert(Tick(0, ScheduleAt.Interval(TimeDuration(20_000)), way))

    @module.procedure
    def ask_for(ctx: ProcedureContext, way: str) -> str:
        WAYS[way]()
        return "asked"

    @module.procedure
    def answer_badly(ctx: ProcedureContext) -> str:
        return 5  # type: ignore[return-value]

    for number, way in enumerate(WAYS):
        module.view(public=True)(failing_view(f"look{number}", list[Item], way))

    @module.view(public=True)
    def no_rows(ctx: ViewContext) -> list[Item]:
        return [5]  # type: ignore[list-item]

    return module


def failing_view(name: str, rows: Any, way: str) -> Callable[..., Any]:
    def view(ctx: ViewContext) -> Any:
        WAYS[way]()

    view.__name__ = name
    view.__annotations__ = {"ctx": ViewContext, "return": rows}
    return view


def call(server: Server, function: str, *args: object) -> tuple[int, str]:
    answer = ask(server, "POST", f"/v1/database/shaky/call/{function}", json.dumps(args), JSON)
    return answer.status, answer.body


def test_a_reducer_may_raise_anything() -> None:
    with Server(shaky()) as server:
        for way in WAYS:
            status, text = call(server, "fail", way)
            assert (status, text) == (530, server.database.compatibility.panic), way
        assert call(server, "add_broken")[0] == 530
        status, text = call(server, "refuse")
        assert (status, text) == (530, "not \ufffd today")
        assert call(server, "add", "whole") == (200, "")
        assert sql(server, "SELECT name FROM item").json[0]["rows"] == [["whole"]]
        log = ask(server, "GET", "/v1/database/shaky/logs", token=server.owner_token).body.splitlines()
        panics = [json.loads(line) for line in log if '"Panic"' in line]
        assert len(panics) == len(WAYS) + 1
        assert all(len(entry["trace"]) <= 64 for entry in panics)


def test_a_procedure_may_raise_anything() -> None:
    with Server(shaky()) as server:
        for way in WAYS:
            status, text = call(server, "ask_for", way)
            assert (status, SECRET in text) == (500, False), way
        assert call(server, "answer_badly")[0] == 500
        assert call(server, "add", "on")[0] == 200


def test_a_view_may_raise_anything_and_return_anything() -> None:
    with Server(shaky()) as server:
        for number, way in enumerate(WAYS):
            answer = sql(server, f"SELECT * FROM look{number}")
            assert (answer.status, SECRET in answer.body) == (400, False), way
        assert sql(server, "SELECT * FROM no_rows").status == 400
        assert call(server, "add", "on")[0] == 200


def test_connecting_may_raise_anything_and_strangers_are_told_nothing_of_it() -> None:
    with Server(shaky()) as server:
        for way in WAYS:
            server.run(lambda database, way=way: database.call("reject", way, sender=ME))  # type: ignore[misc]
            status, text = call(server, "add", "never")
            assert (status, SECRET in text) == (403, False), way
        server.run(lambda database: database.call("reject", "", sender=ME))
        assert sql(server, "SELECT * FROM item").json[0]["rows"] == []


def test_a_timer_that_always_fails_is_said_once_and_then_counted(caplog: pytest.LogCaptureFixture) -> None:
    now = 0
    database = Database(shaky(), clock=lambda: now)
    database.call("tick_soon", "key", sender=ME)
    with caplog.at_level(logging.ERROR):
        for _ in range(600):  # twelve seconds
            now += 20_000
            assert database.run_scheduled(now) == 1
    whole = [record for record in caplog.records if record.exc_info]
    counted = [record.getMessage() for record in caplog.records if not record.exc_info]
    assert len(whole) == 1
    assert counted == [
        f"scheduled reducer tick failed 500 more times like before, last with KeyError: '{SECRET}'"
    ]
    assert len([line for line in database.module_log.lines() if '"Panic"' in line]) == 1
    assert database.failed_calls == 600


def test_a_timer_that_exits_leaves_the_server_running() -> None:
    with Server(shaky()) as server:
        for way in WAYS:
            assert call(server, "tick_soon", way)[0] == 200
        while server.run(lambda database: database.failed_calls) < 3 * len(WAYS):
            assert call(server, "add", "on")[0] == 200
    assert server


def test_a_client_cannot_fill_the_terminal_with_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    database = Database(shaky(), clock=lambda: 0)
    with caplog.at_level(logging.ERROR):
        for _ in range(50):
            with pytest.raises(ReducerPanic):
                database.call("fail", "exit", sender=ME)
    assert len(caplog.records) == 1
    assert len(database.module_log.lines()) == 50  # the owner reads them all


@pytest.mark.parametrize("way", WAYS)
def test_init_may_raise_anything(way: str) -> None:
    module = Module("stillborn", style="2.x")

    @module.init
    def init(ctx: ReducerContext) -> None:
        WAYS[way]()

    with pytest.raises(ReducerPanic) as caught, Server(module):
        pass
    assert "init" in str(caught.value)


def test_a_ctrl_c_inside_a_reducer_is_not_the_modules() -> None:
    module = Module("slow", style="2.x")

    @module.reducer
    def wait(ctx: ReducerContext) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(10_000_000):
            pass

    database = Database(module, clock=lambda: 0)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            database.call("wait", sender=ME)
    finally:
        signal.signal(signal.SIGINT, before)
    assert is_interrupt(caught.value)
    assert not is_interrupt(SystemExit())


class Endless(Exception):
    def __str__(self) -> str:
        while True:
            pass


class EndlessText:
    def __repr__(self) -> str:
        while True:
            pass


class Refused(ReducerError):
    def __str__(self) -> str:
        while True:
            pass


def linked(error: BaseException, other: BaseException) -> BaseException:
    error.__cause__ = other
    return error


def chain(length: int) -> BaseException:
    error: BaseException = KeyError("first")
    for number in range(length):
        error = linked(ValueError(number), error)
    return error


def deep(number: int) -> BaseException:
    def go(left: int) -> None:
        if left:
            go(left - 1)
        raise KeyError("deep")

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(number + 1_000)
    try:
        go(number)
    except KeyError as error:
        return error
    finally:
        sys.setrecursionlimit(limit)
    raise AssertionError


TROUBLESOME: dict[str, Callable[[], BaseException]] = {
    "a text without an end": Endless,
    "an argument whose text has no end": lambda: KeyError(EndlessText()),
    "a reducer's own error whose text has no end": lambda: Refused("no"),
    "a cause whose text has no end": lambda: linked(KeyError("plain"), Endless()),
    "a member whose text has no end": lambda: BaseExceptionGroup("several", [KeyError("a"), Endless()]),
    "a long chain": lambda: chain(50_000),
    "a deep traceback": lambda: deep(20_000),
    "a long text": lambda: KeyError("x" * 5_000_000),
}


@pytest.mark.parametrize("name", TROUBLESOME)
def test_errors_that_are_hard_to_write_cost_their_call_alone(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    module = Module("troubled")

    @module.reducer
    def trouble(ctx: ReducerContext) -> None:
        raise TROUBLESOME[name]()

    limit = TimeLimit(0.5)
    try:
        database = Database(module, clock=lambda: 0, time_limit=limit)
        with caplog.at_level(logging.ERROR), pytest.raises((ReducerPanic, ReducerError)) as caught:
            database.call("trouble", sender=ME)
        assert isinstance(caught.value, ReducerPanic | ReducerError)
        assert len(database.failure_text(caught.value)) < 100_000
        # As a terminal has them: with their tracebacks.
        written = "".join(map(logging.Formatter().format, caplog.records))
        assert len(written) < 200_000
        assert len(written.splitlines()) < 3_000
        assert len(database.module_log.lines()) == 1
    finally:
        limit.close()


def test_a_plain_error_is_logged_with_what_it_came_of(caplog: pytest.LogCaptureFixture) -> None:
    module = Module("plain")

    @module.reducer
    def fail(ctx: ReducerContext) -> None:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    limit = TimeLimit(5.0)
    try:
        database = Database(module, clock=lambda: 0, time_limit=limit)
        with caplog.at_level(logging.ERROR), pytest.raises(ReducerPanic):
            database.call("fail", sender=ME)
        written = logging.Formatter().format(caplog.records[0])
        assert "KeyError: 'first'" in written
        assert "ValueError: second" in written
        assert "direct cause" in written
    finally:
        limit.close()
