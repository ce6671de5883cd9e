"""Transactions, keys, sequences and timers of a database in process."""

import logging
from typing import Any

import pytest

from spacetimedb_sdk.module import (
    ConnectionId,
    Identity,
    Module,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    UniqueConstraintViolation,
    column,
    i8,
    i32,
    u8,
    u32,
    u64,
)
from spacetimedb_sdk.standalone import CallRefused, Database, ReducerPanic
from spacetimedb_sdk.standalone.engine.calls import Transaction
from spacetimedb_sdk.standalone.tables.table_store import TableStore
from tests.conformance.conformance_module import (
    Colour,
    Item,
    Note,
    Presence,
    Secret,
    TickCount,
    TickTimer,
    Vector2,
)
from tests.conformance.conformance_module import module as conformance

ALICE = Identity.from_string("c2" + "0" * 61 + "a")
BOB = Identity.from_string("c2" + "0" * 61 + "b")
ORIGIN = Vector2(0.0, 0.0)


class Clock:
    """Microseconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(clock: Clock) -> Database:
    return Database(conformance, clock=clock)


def test_init_has_run(database: Database) -> None:
    assert database.rows(Secret) == [Secret("answer", "42")]


def test_auto_increment_counts_from_one_and_leaves_given_numbers_alone(database: Database) -> None:
    database.call("add_item", "sword", Colour.Red, 1, ORIGIN, sender=ALICE)
    database.call("add_item", "shield", Colour.Blue, 2, ORIGIN, sender=ALICE)
    assert [(item.item_id, item.name) for item in database.rows(Item)] == [(1, "sword"), (2, "shield")]


def test_a_violated_unique_column_undoes_the_call(database: Database) -> None:
    database.call("add_item", "sword", Colour.Red, 1, ORIGIN, sender=ALICE)
    with pytest.raises(UniqueConstraintViolation, match="duplicate unique column") as caught:
        database.call("add_item", "sword", Colour.Blue, 2, ORIGIN, sender=BOB)
    assert (caught.value.table, caught.value.column, caught.value.value) == ("item", "name", "sword")
    assert len(database.rows(Item)) == 1


def test_failures_undo_everything(database: Database) -> None:
    with pytest.raises(ReducerError, match="no luck"):
        database.call("fail", "no luck", sender=ALICE)
    assert database.rows(Note) == []


def test_panics_are_told_apart_and_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.ERROR, "spacetimedb_sdk.module.conformance"),
        pytest.raises(ReducerPanic) as caught,
    ):
        database.call("crash", "boom", sender=ALICE)
    assert isinstance(caught.value.cause, RuntimeError)
    assert "boom" in caplog.text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "no such reducer"),
        ("init", "can't directly call special Init lifecycle reducer"),
        ("client_connected", "can't directly call special OnConnect lifecycle reducer"),
        ("client_disconnected", "can't directly call special OnDisconnect lifecycle reducer"),
    ],
)
def test_calls_that_never_start(database: Database, name: str, message: str) -> None:
    with pytest.raises(CallRefused, match=message):
        database.call(name, sender=ALICE)


def test_bad_arguments_never_start(database: Database) -> None:
    with pytest.raises(CallRefused, match="invalid arguments for reducer add_item"):
        database.call("add_item", 1, sender=ALICE)


def test_lifecycle_reducers_know_their_client(database: Database, clock: Clock) -> None:
    first, second = ConnectionId.random(), ConnectionId.random()
    database.connect(ALICE, first)
    database.connect(ALICE, second)
    database.disconnect(ALICE, first)
    assert database.rows(Presence) == [Presence(ALICE, True, 1, Timestamp(clock.now))]
    database.disconnect(ALICE, second)
    assert database.rows(Presence) == [Presence(ALICE, False, 0, Timestamp(clock.now))]


def committed(database: Database) -> list[Transaction]:
    seen: list[Transaction] = []
    database.on_commit = seen.append
    return seen


def test_interval_timers_keep_their_beat_and_do_not_pile_up(database: Database, clock: Clock) -> None:
    database.call("tick_every", "beat", 100, sender=ALICE)
    start = clock.now
    assert database.next_due() == start + 100_000
    assert database.run_scheduled(start + 99_999) == 0
    assert database.run_scheduled(start + 130_000) == 1
    assert database.next_due() == start + 200_000  # not 230,000: lateness does not add up
    assert database.run_scheduled(start + 1_030_000) == 1  # eight turns late, one run
    assert database.next_due() == start + 1_100_000
    assert database.rows(TickCount) == [TickCount("beat", 2)]
    database.call("stop_ticks", "beat", sender=ALICE)
    assert database.next_due() is None
    assert database.run_scheduled(start + 9_000_000) == 0


def test_one_shot_timers_run_once_and_their_row_goes_in_a_transaction_of_its_own(
    database: Database, clock: Clock
) -> None:
    database.call("tick_once", "once", 150, sender=ALICE)
    seen = committed(database)
    assert database.run_scheduled(clock.now + 150_000) == 1
    assert database.rows(TickTimer) == []
    assert database.rows(TickCount) == [TickCount("once", 1)]
    run, cleanup = seen
    assert (run.call.name, run.call.sender, run.call.connection_id) == ("tick", database.identity, None)
    assert (cleanup.call.name, cleanup.call.reducer_id, cleanup.call.sender) == ("", 0, database.identity)
    assert [change.store.name for change in cleanup.changes] == ["tick_timer"]
    assert database.next_due() is None


def test_scheduled_reducers_of_a_1x_module_can_be_called(database: Database) -> None:
    timer = TickTimer(1, ScheduleAt.Interval(TimeDuration(1)), "x")
    with pytest.raises(ReducerError, match="only the scheduler"):
        database.call("tick", timer, sender=ALICE)


def add_changes(module: Module, Body: type[Any]) -> None:
    """Reducers that change bodies there and back."""

    @module.reducer
    def churn(ctx: ReducerContext, fails: bool) -> None:
        bodies = ctx.db[Body]
        first = bodies.get(1)
        assert first is not None
        bodies.update(first.replace(team=5, name="renamed"))
        bodies.delete_by_key(2)
        bodies.insert(Body(body_id=0, team=1, name="body 1"))
        assert [body.name for body in bodies.filter(team=5)] == ["renamed"]
        assert bodies.find(name="body 0") is None
        if fails:
            raise ValueError("undone")

    @module.reducer
    def same(ctx: ReducerContext) -> None:
        first = ctx.db[Body].get(1)
        assert first is not None
        ctx.db[Body].update(first.replace(team=9))
        ctx.db[Body].update(first.replace(team=first.team))
        ctx.db[Body].delete_by_key(3)
        ctx.db[Body].insert(Body(body_id=3, team=0, name="body 2"))

    @module.reducer
    def caught(ctx: ReducerContext) -> None:
        second = ctx.db[Body].get(2)
        assert second is not None
        with pytest.raises(UniqueConstraintViolation):
            ctx.db[Body].update(second.replace(name="body 0", team=77))
        assert ctx.db[Body].filter(team=77) == []
        assert ctx.db[Body].filter(team=1, name="body 1") == [second]


def make_arena() -> tuple[Module, type[Row], type[Row]]:
    module = Module("arena")

    @module.table(public=True)
    class Body(Row):
        body_id: i32 = column(primary_key=True, auto_inc=True)
        team: i32 = column(index=True)
        name: str = column(unique=True)

    @module.table(public=True, event=True)
    class Meal(Row):
        eater: i32

    @module.table(scheduled="again")
    class Again(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    add_changes(module, Body)

    @module.reducer
    def again(ctx: ReducerContext, timer: Again) -> None:
        raise ReducerError("this one always fails")

    @module.reducer
    def later(ctx: ReducerContext, micros: u64) -> None:
        ctx.db[Again].insert(Again(0, ScheduleAt.Time(Timestamp(micros))))

    @module.reducer
    def fill(ctx: ReducerContext) -> None:
        for n in range(6):
            ctx.db[Body].insert(Body(body_id=0, team=n % 2, name=f"body {n}"))

    @module.reducer
    def eat(ctx: ReducerContext) -> None:
        ctx.db[Meal].insert(Meal(eater=1))
        assert ctx.db[Meal].count() == 0

    @module.reducer
    def dice(ctx: ReducerContext) -> None:
        ctx.db[Body].insert(Body(0, ctx.rng.randrange(1000), f"rolled {ctx.db[Body].count()}"))

    @module.reducer
    def too_big(ctx: ReducerContext) -> None:
        ctx.db[Body].insert(Body(body_id=0, team=2**40, name="big"))

    return module, Body, Meal


def test_rollback_restores_rows_and_indexes(clock: Clock) -> None:
    module, Body, _ = make_arena()
    database = Database(module, clock=clock)
    database.call("fill", sender=ALICE)
    before = sorted(database.rows(Body), key=lambda row: row.body_id)  # type: ignore[attr-defined]
    with pytest.raises(ReducerPanic, match="undone"):
        database.call("churn", True, sender=ALICE)
    assert sorted(database.rows(Body), key=lambda row: row.body_id) == before  # type: ignore[attr-defined]
    store = database.datastore.stores["body"]
    assert len(store.filter(team=1)) == 3
    assert store.filter(team=5) == []
    assert store.find(name="renamed") is None
    assert store.find(name="body 1") is not None
    database.call("churn", False, sender=ALICE)
    assert len(store.filter(team=1)) == 3


def test_changes_are_net(clock: Clock) -> None:
    module, _, _ = make_arena()
    database = Database(module, clock=clock)
    database.call("fill", sender=ALICE)
    seen = committed(database)
    database.call("same", sender=ALICE)
    assert [transaction.changes for transaction in seen] == [()]


def test_a_caught_violation_leaves_no_trace(clock: Clock) -> None:
    module, _, _ = make_arena()
    database = Database(module, clock=clock)
    database.call("fill", sender=ALICE)
    seen = committed(database)
    database.call("caught", sender=ALICE)
    assert [transaction.changes for transaction in seen] == [()]


def test_event_rows_are_told_and_not_stored(clock: Clock) -> None:
    module, _, Meal = make_arena()
    database = Database(module, clock=clock)
    seen = committed(database)
    database.call("eat", sender=ALICE)
    ((change,),) = [transaction.changes for transaction in seen]
    assert (change.store.name, change.deletes, change.inserts) == ("meal", [], [Meal(eater=1)])  # type: ignore[call-arg]
    assert database.rows(Meal) == []


def test_a_value_its_column_cannot_hold_undoes_the_call(clock: Clock) -> None:
    module, Body, _ = make_arena()
    database = Database(module, clock=clock)
    with pytest.raises(ReducerPanic, match="team"):
        database.call("too_big", sender=ALICE)
    assert database.rows(Body) == []


def test_chance_comes_from_the_seed(clock: Clock) -> None:
    module, Body, _ = make_arena()

    def rolls(seed: int) -> list[Row]:
        database = Database(module, clock=clock, seed=seed)
        for _ in range(3):
            database.call("dice", sender=ALICE)
        return database.rows(Body)

    assert rolls(1) == rolls(1)
    assert rolls(1) != rolls(2)


def test_a_failed_one_shot_is_not_tried_again(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    module, _, _ = make_arena()
    database = Database(module, clock=clock)
    database.call("later", clock.now, sender=ALICE)
    with caplog.at_level(logging.ERROR):
        assert database.run_scheduled(clock.now) == 1
    assert "this one always fails" in caplog.text
    assert database.run_scheduled(clock.now) == 0
    assert database.datastore.stores["again"].count() == 0


def test_scheduled_reducers_of_a_2x_module_are_hidden(clock: Clock) -> None:
    module, _, _ = make_arena()
    database = Database(module, clock=clock)
    with pytest.raises(CallRefused, match="no such reducer"):
        database.call("again", sender=ALICE)


def test_tables_cannot_be_changed_outside_a_reducer(database: Database) -> None:
    with pytest.raises(RuntimeError, match="inside a reducer"):
        database.datastore.tables[Note].insert(Note(ALICE, "smuggled"))
    assert database.rows(Note) == []


def test_a_sequence_begins_anew_with_what_is_free(clock: Clock) -> None:
    module = Module("small")

    @module.table
    class Small(Row):
        number: i8 = column(primary_key=True, auto_inc=True)

    @module.reducer
    def fill(ctx: ReducerContext, count: u8) -> None:
        for _ in range(count):
            ctx.db[Small].insert(Small(0))

    @module.reducer
    def drop(ctx: ReducerContext, number: i8) -> None:
        ctx.db[Small].delete_by_key(number)

    database = Database(module, clock=clock)
    database.call("fill", 127, sender=ALICE)
    database.call("fill", 128, sender=ALICE)
    assert {row.number for row in database.rows(Small)} == set(range(-128, 128)) - {0}
    with pytest.raises(ReducerError, match="every one is taken"):
        database.call("fill", 1, sender=ALICE)
    database.call("drop", 5, sender=ALICE)
    database.call("fill", 1, sender=ALICE)
    assert database.rows(Small)[-1].number == 5
    assert len(database.rows(Small)) == 255


def test_a_transaction_looks_at_the_tables_it_touched_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    changes = TableStore.changes

    def noted(store: TableStore[Any]) -> Any:
        looked_at.append(store.name)
        return changes(store)

    monkeypatch.setattr(TableStore, "changes", noted)
    database.call("nothing", sender=ALICE)
    assert looked_at == []
    database.call("write_note", "hello", sender=ALICE)
    assert looked_at == ["note"]


def test_tables_are_told_in_their_order_whatever_was_touched_first() -> None:
    module = Module("order")

    @module.table(public=True)
    class First(Row):
        first_id: u32 = column(primary_key=True)

    @module.table(public=True)
    class Second(Row):
        second_id: u32 = column(primary_key=True)

    @module.reducer
    def backwards(ctx: ReducerContext) -> None:
        ctx.db[Second].insert(Second(1))
        ctx.db[First].insert(First(1))

    told: list[Transaction] = []
    database = Database(module, clock=lambda: 0)
    database.on_commit = told.append
    database.call("backwards", sender=ALICE)
    assert [change.store.name for change in told[0].changes] == ["first", "second"]


def test_databases_of_one_module_share_their_codecs_and_no_rows() -> None:
    """To write the functions of a codec takes longer than all else that a database is made of."""
    one, other = (Database(conformance, clock=lambda: 0) for _ in range(2))
    assert one.datastore.space is other.datastore.space
    one.call("add_items", "sword", 2, sender=Identity(bytes(32)))
    assert (len(one.rows(Item)), len(other.rows(Item))) == (2, 0)
