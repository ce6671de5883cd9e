"""The entry of a hosted module: calls, failures, procedures and views as the host sees them."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.module import (
    AnonymousViewContext,
    ConnectionId,
    Identity,
    Module,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    ViewContext,
    column,
    i32,
    u64,
)
from spacetimedb_sdk.module.hosted.entry import PANIC, HostedModule
from spacetimedb_sdk.sats.algebraic_type import I32, STRING, Element, ProductType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace

from .python_host import PythonHost

module = Module("hosted")
SEEN: list[ReducerContext] = []
SENDER = bytes(range(100, 132))
CONNECTION = bytes(range(50, 66))


@module.table(public=True)
class Mark(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    owner: Identity = column(index=True)
    text: str


class Mute(ReducerError):
    def __str__(self) -> str:
        raise ValueError("not a word")


@module.reducer
def put(ctx: ReducerContext, text: str, times: i32) -> None:
    SEEN.append(ctx)
    for _ in range(times):
        ctx.db[Mark].insert(Mark(id=0, owner=ctx.sender, text=text))
    if text == "refuse":
        raise ReducerError("not this one")
    if text == "leave":
        raise SystemExit(3)
    if text == "mute":
        raise Mute("never said")
    if text == "odd notes":
        error = ValueError("noted")
        error.__notes__ = {"none": None}  # type: ignore[assignment]
        raise error
    if text == "surrogate":
        raise ReducerError("\ud800")


@module.procedure
def tally(ctx: ProcedureContext, more: i32) -> i32:
    def add(tx: ReducerContext) -> int:
        for _ in range(more):
            tx.db[Mark].insert(Mark(id=0, owner=tx.sender, text="tallied"))
        if more < 0:
            raise ValueError(more)
        return tx.db[Mark].count()

    return ctx.with_tx(add)


@module.view(public=True)
def mine(ctx: ViewContext) -> list[Mark]:
    return ctx.db[Mark].filter(owner=ctx.sender)


@module.view(public=True)
def first(ctx: AnonymousViewContext) -> Mark | None:
    found = next(iter(ctx.db[Mark].iter()), None)
    if found is not None and found.text == "secret":
        raise ReducerError("that one is \ud800 nobody's")
    if found is not None and found.text == "odd":
        raise KeyError(found.text)
    return found


class Hosted:
    def __init__(self) -> None:
        self.host = PythonHost(module)
        self.times: list[int] = []
        self.module = HostedModule(module, self.host, seed=5, now=self.times.append)

    def put(self, text: str, times: int = 1, *, connection: bytes = CONNECTION) -> bytes | None:
        params = ProductType((Element("text", STRING), Element("times", I32)))
        args = CodecSpace(Typespace(), {}).codec(params).encode((text, times))
        return self.module.call_reducer(0, SENDER, connection, 9_000_000, args)


@pytest.fixture
def hosted() -> Hosted:
    SEEN.clear()
    return Hosted()


def test_a_reducer_knows_who_calls_over_what_and_when(hosted: Hosted) -> None:
    assert hosted.put("a") is None
    context = SEEN[-1]
    assert context.sender == Identity(SENDER[::-1])
    assert context.connection_id == ConnectionId(CONNECTION[::-1])
    assert context.timestamp == Timestamp(9_000_000)
    assert context.identity == Identity(bytes(range(32))[::-1])
    assert hosted.times == [9_000_000]
    assert hosted.put("b", connection=bytes(16)) is None
    assert SEEN[-1].connection_id is None


def test_chance_is_the_seed_s_and_the_moment_s(hosted: Hosted) -> None:
    hosted.put("a")
    other = Hosted()
    other.put("a")
    assert SEEN[0].rng.random() == SEEN[1].rng.random()


def test_a_reducer_error_is_its_caller_s_and_everything_else_the_log_s(hosted: Hosted) -> None:
    assert hosted.put("refuse") == b"not this one"
    assert hosted.host.logged == []
    assert hosted.put("leave") == PANIC.encode()
    ((level, file, line, text),) = hosted.host.logged
    assert (level, file) == (0, __file__)
    assert line > 0
    assert "SystemExit: 3" in text
    # As on the embedded server, whose texts are of the same making.
    assert hosted.put("surrogate") == "\ufffd".encode()


def test_an_error_that_cannot_say_what_it_is_fails_its_own_call_alone(hosted: Hosted) -> None:
    assert hosted.put("mute") == b"<its text could not be made: ValueError>"
    assert hosted.put("odd notes") == PANIC.encode()
    assert "ValueError: noted" in hosted.host.logged[-1][3]


def test_arguments_that_do_not_fit_are_a_failure_of_the_call(hosted: Hosted) -> None:
    assert hosted.module.call_reducer(0, SENDER, CONNECTION, 1, b"\xff") == PANIC.encode()
    assert "DecodeError" in hosted.host.logged[-1][3]


def test_a_procedure_works_in_transactions_and_answers(hosted: Hosted) -> None:
    answer = hosted.module.call_procedure(0, SENDER, CONNECTION, 1, (3).to_bytes(4, "little"))
    assert answer == (3).to_bytes(4, "little")
    assert hosted.host.transactions == ["start", "commit"]
    assert hosted.times[-1] == 5_000_000, "the transaction's own moment"


def test_a_transaction_that_another_one_overtook_is_done_again(hosted: Hosted) -> None:
    answers = [False, True]
    hosted.host.before_commit = lambda: answers.pop(0)
    answer = hosted.module.call_procedure(0, SENDER, CONNECTION, 1, (2).to_bytes(4, "little"))
    assert hosted.host.transactions == ["start", "again", "start", "commit"]
    assert answer == (2).to_bytes(4, "little")


def test_a_procedure_that_fails_undoes_its_transaction_and_has_no_answer(hosted: Hosted) -> None:
    assert (
        hosted.module.call_procedure(0, SENDER, CONNECTION, 1, (-1).to_bytes(4, "little", signed=True))
        is None
    )
    assert hosted.host.transactions == ["start", "abort"]
    assert "ValueError: -1" in hosted.host.logged[-1][3]


def test_views_answer_with_rows_behind_a_header(hosted: Hosted) -> None:
    assert hosted.module.call_view(0, None) == b"\0" + bytes(4)
    hosted.put("a", 2)
    space = CodecSpace(module.definition().typespace, module.build().classes)
    rows = space.row_codec(module.definition().table("mark").row_ref, Mark)
    own = hosted.module.call_view(0, SENDER)
    assert isinstance(own, bytes)
    assert own[:5] == b"\0\2\0\0\0"
    assert [row.text for row in rows.decode_rows(own[5:])] == ["a", "a"]
    one = hosted.module.call_view(0, None)
    assert isinstance(one, bytes)
    assert one[:5] == b"\0\1\0\0\0"
    assert hosted.module.call_view(0, bytes(32)) == b"\0" + bytes(4)


def test_a_view_that_fails_says_so_and_the_log_why(hosted: Hosted) -> None:
    hosted.put("odd")
    assert hosted.module.call_view(0, None) == "view `first` failed: the module's log says why"
    ((level, file, line, text),) = hosted.host.logged
    assert (level, file) == (0, __file__)
    assert line > 0
    assert "KeyError: 'odd'" in text
    other = Hosted()
    other.put("secret")
    assert other.module.call_view(0, None) == "view `first` failed: that one is \ufffd nobody's"


def test_a_server_that_knows_no_event_tables_is_asked_for_none() -> None:
    quiet = Module("quiet")

    @quiet.table(public=True, event=True)
    class Bang(Row):
        loud: i32

    @quiet.reducer
    def bang(ctx: ReducerContext) -> None:
        assert ctx.db[Bang].insert(Bang(3)) == Bang(3)

    host = PythonHost(quiet)
    host.insert = lambda *_: pytest.fail("the server has no such table")  # type: ignore[method-assign]
    hosted = HostedModule(quiet, host, now=lambda _micros: None, is_older=True)
    assert hosted.call_reducer(0, SENDER, CONNECTION, 1, b"") is None


def test_the_target_of_a_timer_is_called_by_the_database_alone_where_the_server_would_let_everybody() -> None:
    timed = Module("timed")
    done: list[Identity] = []

    @timed.table(scheduled="toll")
    class Bell(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    @timed.reducer
    def toll(ctx: ReducerContext, _bell: Bell) -> None:
        done.append(ctx.sender)

    @timed.init
    def begin(ctx: ReducerContext) -> None:
        done.append(ctx.sender)

    host = PythonHost(timed)
    names = [reducer.name for reducer in timed.definition().reducers]
    bell = CodecSpace(timed.definition().typespace, timed.build().classes).row_codec(
        timed.definition().table("bell").row_ref, Bell
    )
    row = bell.encode(Bell(scheduled_id=1, scheduled_at=ScheduleAt.Interval(TimeDuration(1))))
    older = HostedModule(timed, host, now=lambda _micros: None, is_older=True)
    assert older.call_reducer(names.index("toll"), SENDER, CONNECTION, 1, row) == b"no such reducer"
    assert done == []
    assert older.call_reducer(names.index("toll"), host.identity(), bytes(16), 1, row) is None
    assert older.call_reducer(names.index("begin"), SENDER, CONNECTION, 1, b"") is None
    newer = HostedModule(timed, host, now=lambda _micros: None)
    assert newer.call_reducer(names.index("toll"), SENDER, CONNECTION, 1, row) is None, (
        "the server refuses it"
    )
    assert len(done) == 3
