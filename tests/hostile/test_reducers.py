"""Reducers that do not end: they are ended and undone, their callers told, and the process can always be stopped."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.module import (
    Identity,
    Module,
    ReducerContext,
    ReducerError,
    Row,
    ViewContext,
    column,
    u32,
)
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.standalone import Database, ReducerPanic, Server
from spacetimedb_sdk.standalone.engine import time_limit
from spacetimedb_sdk.standalone.engine.time_limit import TimeLimit
from spacetimedb_sdk.standalone.errors import QueryError, TimedOut
from spacetimedb_sdk.system.console import LogFormatter
from spacetimedb_sdk.system.plain_text import log_text
from tests.hostile.clients import Victim, attacker
from tests.hostile.hostile_module import Item, Note, module
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE, until

ALICE = Identity(bytes(31) + b"\x01")


@pytest.fixture
def limit() -> Iterator[TimeLimit]:
    limit = TimeLimit(0.2)
    yield limit
    limit.close()


@pytest.fixture
def database(limit: TimeLimit) -> Database:
    return Database(module, clock=lambda: 0, time_limit=limit)


def items(database: Database) -> list[Item]:
    return sorted(database.rows(Item), key=lambda item: item.id)


def whole(database: Database, rows: list[Item]) -> None:
    """The table has these rows, and its index says so."""
    assert items(database) == rows
    store = database.datastore.stores["item"]
    for level in range(8):
        found = sorted(item.id for item in store.filter(level=level))
        assert found == [item.id for item in rows if item.level == level]


@pytest.mark.parametrize("reducer", ["spin", "spin_on", "spin_in_tables"])
def test_what_does_not_end_is_ended_and_undone(
    database: Database, reducer: str, caplog: pytest.LogCaptureFixture
) -> None:
    database.call("fill", 50, 7, "kept", sender=ALICE)
    before = items(database)
    with caplog.at_level(logging.ERROR), pytest.raises(ReducerPanic) as raised:
        database.call(reducer, sender=ALICE)
    assert isinstance(raised.value.cause, TimedOut)
    assert f"reducer {reducer} failed" in caplog.text
    assert database.failure_text(raised.value) == (
        f"reducer {reducer} took longer than 0.2 s: it was ended and undone"
    )
    assert items(database) == before
    assert database.rows(Note) == []
    whole(database, before)
    database.call("raise_all", sender=ALICE)
    whole(database, [item.replace(level=item.level + 1) for item in before])


def ended_at(step: int, work: Callable[[], None]) -> Callable[[], None]:
    """`work`, ended at that line of the tables' own code."""
    tables, seen = str(Path("standalone") / "tables"), 0

    def trace(frame: Any, event: str, _arg: object) -> Any:
        nonlocal seen
        code = frame.f_code
        if tables in code.co_filename and code.co_name != "transact" and event == "line":
            seen += 1
            if seen > step:
                sys.settrace(None)
                raise TimedOut
        return trace

    def traced() -> None:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            work()
        finally:
            sys.settrace(before)

    return traced


def test_an_end_in_the_middle_of_a_change_leaves_tables_and_indexes_whole() -> None:
    """At each step of the server's own code that changes a table, one after the other."""
    database = Database(module, clock=lambda: 0)
    database.call("fill", 20, 7, "kept", sender=ALICE)
    before = items(database)

    def change() -> None:
        table = database.datastore.tables[Item]
        table.insert(Item(0, "new", 3))
        table.update(before[0].replace(level=6))
        table.delete(before[1])
        table.insert(before[1].replace(level=5))

    steps = 0
    while True:
        try:
            database.change(ended_at(steps, change), ALICE)
        except TimedOut:
            whole(database, before)
            steps += 1
        else:
            break
    assert steps > 40


def test_one_that_ends_in_time_is_left_alone(database: Database) -> None:
    """Each call raises what ended it: one that is left alone raises nothing, however many there are."""
    for _ in range(2_000):
        database.call("nothing", sender=ALICE)


@pytest.mark.parametrize("computed", [False, True])
def test_time_in_which_the_process_stood_still_does_not_count(
    computed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lid that was closed, a process that was stopped: the clock has gone on, the processor has done nothing for it."""
    stood = 0.0
    clock, processor = time.monotonic, time.process_time
    monkeypatch.setattr(time_limit, "monotonic", lambda: clock() + stood)
    monkeypatch.setattr(time_limit, "process_time", lambda: processor() + (stood if computed else 0.0))
    limit, looked = TimeLimit(30.0), time_limit.TimeLimit._raise
    ended = threading.Event()

    def ends(self: TimeLimit, begun: float) -> None:
        ended.set()
        looked(self, begun)

    monkeypatch.setattr(time_limit.TimeLimit, "_raise", ends)

    def work() -> None:
        nonlocal stood
        until(lambda: limit._counted > 0.0)
        stood, before = 3_600.0, limit._counted
        until(lambda: limit._counted > before + 0.5 or ended.is_set())
        while computed:
            pass

    try:
        if computed:
            with pytest.raises(TimedOut):
                limit.run(work)
        else:
            limit.run(work)
    finally:
        limit.close()
    assert ended.is_set() == computed


def test_a_view_that_does_not_end_is_refused(limit: TimeLimit) -> None:
    endless = Module("endless")

    @endless.table(public=True)
    class Thing(Row):
        thing_id: u32 = column(primary_key=True)

    @endless.view(public=True)
    def things(ctx: ViewContext) -> list[Thing]:
        while True:
            pass

    database = Database(endless, clock=lambda: 0, time_limit=limit)
    with pytest.raises(QueryError, match="view `things` failed"):
        database.views.stores(ALICE)["things"].rows()


@pytest.mark.parametrize("protocol", ["v1.bsatn.spacetimedb", "v3.bsatn.spacetimedb"])
def test_the_caller_is_told_and_the_others_are_served(protocol: str) -> None:
    with Server(module, database="hostile", reducer_timeout=0.3) as server, Victim(server) as victim:
        caller = attacker(server, protocol)
        if protocol.startswith("v1"):
            caller.send_binary(v1.CLIENT_MESSAGE.encode(v1.CallReducer("spin", b"", 1)))
        else:
            caller.send_binary(v2.CLIENT_MESSAGE.encode(v2.CallReducer(1, 0, "spin", b"")))
        assert b"reducer spin took longer than 0.3 s: it was ended and undone" in caller.recv()
        caller.close()
        assert server.run(lambda database: database.rows(Note)) == []
    assert victim.waits


class Process:
    """The server as a process of its own, which a reducer keeps busy."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [
            sys.executable,
            "-m",
            "spacetimedb_sdk",
            "start",
            "--module",
            "tests.hostile.hostile_module",
        ]
        self.process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", "--data-dir", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        _, self.url, self.name = self.process.stdout.readline().split()
        self.host = self.url.removeprefix("http://")

    def end(self, *signals: int) -> int:
        for number in signals:
            self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


@contextmanager
def kept_busy(*arguments: Any) -> Iterator[Process]:
    process = Process(*arguments)
    caller = attacker(process)  # type: ignore[arg-type]  # host and name are all that it needs
    try:
        _keep_busy(caller)
        yield process
    finally:
        caller.shutdown()
        if process.process.poll() is None:
            process.end(signal.SIGKILL)


def _keep_busy(caller: Any) -> None:
    write = v2.CLIENT_MESSAGE.encode(v2.CallReducer(1, 0, "fill", b"\x01\x00\x00\x00" * 3 + b"x"))
    caller.send_binary(write)
    assert caller.recv()  # on disk, or it would not have been said
    caller.send_binary(v2.CLIENT_MESSAGE.encode(v2.CallReducer(2, 0, "spin_on", b"")))
    caller.ping()


def test_sigterm_ends_a_server_that_a_reducer_keeps_busy(tmp_path: Path) -> None:
    with kept_busy(tmp_path, "--reducer-timeout", "none") as process:
        # Ended by the limit that begins with the signal; at the last, the process with it.
        assert process.end(signal.SIGTERM) in (0, 128 + signal.SIGTERM)
    with Server(module, database=process.name, data_dir=tmp_path) as again:
        assert len(again.run(lambda database: database.rows(Item))) == 1


def test_sigterm_shortens_what_a_reducer_has_left(tmp_path: Path) -> None:
    with kept_busy(tmp_path, "--reducer-timeout", "3600") as process:
        assert process.end(signal.SIGTERM) in (0, 128 + signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_it_at_once(tmp_path: Path, number: int) -> None:
    with kept_busy(tmp_path, "--reducer-timeout", "none") as process:
        assert process.end(number, signal.SIGTERM, signal.SIGINT) in (
            128 + signal.SIGTERM,
            128 + signal.SIGINT,
        )
    with Server(module, database=process.name, data_dir=tmp_path) as again:
        assert len(again.run(lambda database: database.rows(Item))) == 1


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "soon"])
def test_a_time_limit_that_is_none_is_refused(text: str) -> None:
    command = [sys.executable, "-m", "spacetimedb_sdk", "start", "--module", "x", "--reducer-timeout", text]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert "--reducer-timeout" in done.stderr


@pytest.mark.parametrize(
    "text", ["x" * 5_000_000, "\x1b[2J\n" * 500_000, "é" * 3_000_000], ids=["x", "escapes", "é"]
)
def test_what_a_module_says_at_length_is_shortened(text: str, caplog: pytest.LogCaptureFixture) -> None:
    """In its log, in the program's and for its callers: whoever sent the text."""
    chatty = Module("chatty")

    @chatty.reducer
    def fail(ctx: ReducerContext, said: str) -> None:
        raise ValueError(said)

    @chatty.reducer
    def refuse(ctx: ReducerContext, said: str) -> None:
        raise ReducerError(said)

    database = Database(chatty, clock=lambda: 1)
    with pytest.raises(ReducerPanic), caplog.at_level(logging.INFO):
        database.call("fail", text, sender=ALICE)
    with pytest.raises(ReducerError) as raised:
        database.call("refuse", text, sender=ALICE)
    shown = LogFormatter("%(message)s").format(caplog.records[0])
    assert "chatty" not in shown
    assert "ValueError: " in shown
    assert "characters are left out" in shown
    for made in (shown, database.failure_text(raised.value), *database.module_log.lines()):
        assert len(made) < 1 << 20
    assert max(len(logging.Formatter().format(record)) for record in caplog.records) < 1 << 20


def test_the_end_of_a_long_text_is_kept_and_no_part_of_a_token() -> None:
    token = "eyJhbGciOiJFUzI1NiJ9." + "secret-" * 30_000
    text = log_text(f"{'begin ' * 10}{token} the end")
    assert text.startswith("begin begin")
    assert text.endswith(" the end")
    assert "secret" not in text
