"""What is stored is the database's own: nothing that a module keeps, changes or has act otherwise reaches it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.errors import EncodeError
from spacetimedb_sdk.module import (
    Identity,
    Module,
    ReducerContext,
    Row,
    ScheduleAt,
    Timestamp,
    column,
    f32,
    u8,
    u32,
    u64,
)
from spacetimedb_sdk.module.rows import Product
from spacetimedb_sdk.sats.bsatn.codec import RowCodec
from spacetimedb_sdk.standalone import Database, ReducerPanic
from spacetimedb_sdk.standalone.engine.time_limit import TimeLimit
from spacetimedb_sdk.standalone.errors import TimedOut
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from spacetimedb_sdk.standalone.tables.long_rows import decoded

module = Module("own_rows")
SENDER = Identity(bytes(31) + b"\x01")


@module.type
class Place(Product):
    x: f32
    y: f32


@module.table(public=True)
class Bag(Row):
    id: u32 = column(primary_key=True, auto_inc=True)
    things: list[str]


@module.table(public=True)
class Pile(Row):
    """Without a key: told apart by its bytes."""

    layers: list[list[u32]]


@module.table(public=True)
class Item(Row):
    id: u32 = column(primary_key=True, auto_inc=True)
    name: str = column(index=True)
    level: u8
    data: bytes
    owner: Identity | None
    place: Place


@module.table(scheduled="ring")
class Alarm(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt
    words: list[str]


WORK: list[Callable[[ReducerContext], object]] = []


@module.reducer
def do(ctx: ReducerContext) -> None:
    """What a test wants done."""
    WORK[-1](ctx)


@module.reducer
def ring(ctx: ReducerContext, alarm: Alarm) -> None:
    alarm.words.append("rung")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    storage = Storage(tmp_path / "own.sqlite")
    yield Database(module, clock=lambda: 0, storage=storage)
    storage.abandon()


def run(database: Database, work: Callable[[ReducerContext], object]) -> None:
    WORK[:] = [work]
    database.call("do", sender=SENDER)


def stored(database: Database, row_class: type[Any]) -> list[Any]:
    """The rows, which are the same in memory, in their bytes and on disk."""
    store = next(store for store in database.datastore.stores.values() if store.row_class is row_class)
    rows = store.rows()
    assert rows == [store._codec.decode(store.encoded(row)) for row in rows]
    path = database.storage.journal.path  # type: ignore[attr-defined]
    database.storage.abandon()  # type: ignore[attr-defined]
    storage = Storage(path)
    assert Database(module, clock=lambda: 0, storage=storage).rows(row_class) == rows
    storage.abandon()
    return rows


def test_a_list_that_grows_after_its_row_was_stored(database: Database) -> None:
    things = ["sword"]

    def keep(ctx: ReducerContext) -> None:
        row = ctx.db[Bag].insert(Bag(0, things))
        things.append("after")
        row.things.append("in the row that came back")

    run(database, keep)
    things.append("outside")
    assert stored(database, Bag) == [Bag(1, ["sword"])]


@pytest.mark.parametrize(
    "found",
    [
        lambda table: table.get(1),
        lambda table: table.find(id=1),
        lambda table: table.filter(id=1)[0],
        lambda table: next(table.iter()),
        lambda table: next(iter(table)),
        lambda table: table.update(Bag(1, ["a"])),
    ],
)
def test_a_row_that_was_found_is_the_modules_to_change(database: Database, found: Any) -> None:
    run(database, lambda ctx: ctx.db[Bag].insert(Bag(0, ["a"])))
    run(database, lambda ctx: found(ctx.db[Bag]).things.append("b"))
    assert database.rows(Bag) == [Bag(1, ["a"])]

    def give_back(ctx: ReducerContext) -> None:
        row = found(ctx.db[Bag])
        row.things.append("b")
        ctx.db[Bag].update(row)

    run(database, give_back)
    assert stored(database, Bag) == [Bag(1, ["a", "b"])]


def test_a_failed_reducer_leaves_lists_as_they_were(database: Database) -> None:
    run(database, lambda ctx: ctx.db[Bag].insert(Bag(0, ["a"])))

    def fail(ctx: ReducerContext) -> None:
        ctx.db[Bag].get(1).things.clear()  # type: ignore[union-attr]
        raise KeyError

    with pytest.raises(ReducerPanic):
        run(database, fail)
    assert stored(database, Bag) == [Bag(1, ["a"])]


def test_rows_without_a_key_are_found_by_what_they_hold_now(database: Database) -> None:
    run(database, lambda ctx: ctx.db[Pile].insert(Pile([[1], [2]])))

    def change(ctx: ReducerContext) -> None:
        (row,) = ctx.db[Pile]
        assert ctx.db[Pile].delete(row)
        row.layers[0].append(9)
        assert not ctx.db[Pile].delete(row)
        ctx.db[Pile].insert(row)

    run(database, change)
    assert stored(database, Pile) == [Pile([[1, 9], [2]])]


def test_a_timers_row_is_its_reducers_to_change(database: Database) -> None:
    run(database, lambda ctx: ctx.db[Alarm].insert(Alarm(0, ScheduleAt.Time(Timestamp(5)), ["a"])))
    (row,) = database.datastore.stores["alarm"].rows()
    assert database.run_scheduled(10) == 1
    assert row.words == ["a"]


class Name(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError


class Level(IntEnum):
    HIGH = 3


class Number(int):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


class SameClass(str):
    """Says that it is a plain one."""

    __slots__ = ()
    __class__ = str  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None  # type: ignore[assignment]


PLAIN = Item(1, "a", 3, b"d", SENDER, Place(1.0, 2.0))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": Name("a")},
        {"name": SameClass("a")},
        {"level": Level.HIGH},
        {"level": Number(3)},
        {"id": Number(1)},
        {"data": bytearray(b"d")},
        {"data": memoryview(b"d")},
        {"place": Place(1, 2)},
        {"place": Place(Number(1), 2.0)},
        {"owner": Identity(SENDER.data)},
    ],
)
def test_values_become_what_their_bytes_say(database: Database, changes: dict[str, Any]) -> None:
    run(database, lambda ctx: ctx.db[Item].insert(PLAIN.replace(**changes)))
    (row,) = stored(database, Item)
    assert row == PLAIN
    assert [type(getattr(row, name)) for name in Item.__match_args__] == [
        int,
        str,
        int,
        bytes,
        Identity,
        Place,
    ]
    assert [type(row.place.x), type(row.place.y)] == [float, float]
    assert hash(row) == hash(PLAIN)


def test_a_plain_row_is_stored_as_it_is(database: Database) -> None:
    row = PLAIN.replace(owner=None)
    run(database, lambda ctx: ctx.db[Item].insert(row))
    assert database.datastore.stores["item"].rows()[0] is row


class Endless(list[str]):
    def __iter__(self) -> Iterator[str]:
        while True:
            yield "x"


class Liar(list[str]):
    def __len__(self) -> int:
        return 7


def test_a_list_that_lies_about_its_length_is_refused(database: Database) -> None:
    with pytest.raises(ReducerPanic) as failed:
        run(database, lambda ctx: ctx.db[Bag].insert(Bag(0, Liar(["a"]))))
    assert isinstance(failed.value.cause, EncodeError)
    assert stored(database, Bag) == []


class EndlessKey(int):
    def __hash__(self) -> int:
        while True:
            pass


@pytest.mark.parametrize(
    "work",
    [
        lambda ctx: ctx.db[Bag].insert(Bag(0, Endless(["a"]))),
        lambda ctx: ctx.db[Bag].update(Bag(1, Endless(["a"]))),
        lambda ctx: ctx.db[Item].delete_by_key(EndlessKey(1)),
        lambda ctx: ctx.db[Item].filter(id=EndlessKey(1)),
    ],
)
def test_a_value_without_an_end_is_ended(work: Callable[[ReducerContext], object]) -> None:
    limit = TimeLimit(0.2)
    try:
        database = Database(module, clock=lambda: 0, time_limit=limit)
        run(database, lambda ctx: (ctx.db[Bag].insert(Bag(0, ["a"])), ctx.db[Item].insert(PLAIN)))
        with pytest.raises(ReducerPanic) as failed:
            run(database, work)
        assert isinstance(failed.value.cause, TimedOut)
        assert (database.rows(Bag), database.rows(Item)) == ([Bag(1, ["a"])], [PLAIN])
    finally:
        limit.close()


def test_a_thread_that_a_reducer_started_changes_nothing(database: Database) -> None:
    refused: list[BaseException] = []
    contexts: list[ReducerContext] = []

    def write(ctx: ReducerContext) -> None:
        for change in (
            lambda: ctx.db[Item].insert(PLAIN.replace(id=0)),
            lambda: ctx.db[Item].update(PLAIN.replace(name="other")),
            lambda: ctx.db[Item].delete(PLAIN),
            lambda: ctx.db[Item].delete_by_key(1),
            lambda: ctx.db[Bag].insert(Bag(0, [])),
        ):
            try:
                change()
            except RuntimeError as error:
                refused.append(error)

    def in_thread(ctx: ReducerContext) -> None:
        thread = threading.Thread(target=write, args=(ctx,))
        thread.start()
        thread.join()

    def start(ctx: ReducerContext) -> None:
        contexts.append(ctx)
        ctx.db[Item].insert(PLAIN)
        in_thread(ctx)

    run(database, start)
    # One that goes on into another call's transaction.
    run(database, lambda ctx: (ctx.db[Item].insert(PLAIN.replace(id=2)), in_thread(contexts[0])))
    assert len(refused) == 10
    assert all("by the thread that the reducer runs on" in str(error) for error in refused)
    assert stored(database, Item) == [PLAIN, PLAIN.replace(id=2)]


def test_a_row_that_the_table_holds_as_it_was_given_is_given_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lists are the module's already: making them anew, for rows of a million, is a third of the work."""
    made: list[bytes] = []
    decode = RowCodec.decode

    def noted(codec: RowCodec, data: bytes) -> object:
        made.append(data)
        return decode(codec, data)

    monkeypatch.setattr(RowCodec, "decode", noted)
    back: list[Any] = []

    def work(ctx: ReducerContext) -> None:
        pile = Pile([[1], []])
        back.append(ctx.db[Pile].insert(pile))
        assert back[0] is pile
        assert len(made) == 1
        bag = ctx.db[Bag].insert(Bag(0, ["a"]))
        assert bag == Bag(bag.id, ["a"])
        assert bag.id
        bag.things.append("b")
        assert ctx.db[Bag].update(bag) is bag
        assert len(made) == 3
        back[0].layers.append([2])
        bag.things.append("c")

    WORK.append(work)
    database.call("do", sender=SENDER)
    assert [row.layers for row in database.rows(Pile)] == [[[1], []]]
    assert [row.things for row in database.rows(Bag)] == [["a", "b"]]


def test_a_row_that_the_table_holds_otherwise_is_another(database: Database) -> None:
    def work(ctx: ReducerContext) -> None:
        given = Pile(Layers([[1]]))
        back = ctx.db[Pile].insert(given)
        assert back is not given
        assert back == Pile([[1]])

    WORK.append(work)
    database.call("do", sender=SENDER)


class Layers(list[list[u32]]):
    """Equal to nothing."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return False


def test_the_collector_waits_for_a_long_row_and_goes_on_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[bool] = []

    def decode(data: bytes) -> int:
        states.append(gc.isenabled())
        if data[0]:
            raise ValueError
        return len(data)

    assert decoded(decode, bytes(10)) == 10
    assert decoded(decode, bytes(100_000)) == 100_000
    with pytest.raises(ValueError):
        decoded(decode, b"\1" * 100_000)
    assert states == [True, False, False]
    assert gc.isenabled()
    gc.disable()
    try:
        decoded(decode, bytes(100_000))
        assert not gc.isenabled()
    finally:
        gc.enable()
