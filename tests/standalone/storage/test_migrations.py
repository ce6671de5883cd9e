"""What becomes of stored rows when the module's tables are others: each change that goes over, each that is refused."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import GenericAlias
from typing import Any

import pytest
import websocket

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import (
    Module,
    Product,
    ReducerContext,
    Row,
    ScheduleAt,
    StoredTables,
    Sum,
    Timestamp,
    column,
    f32,
    i32,
    u8,
    u64,
)
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.errors import ModuleChangeRefused, StorageError
from spacetimedb_sdk.standalone.storage.clearing import clear
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from tests.standalone.raw_client import RawClient


def first() -> Module:
    """What was stored."""
    module = Module("shop")

    @module.type
    class Grade(Enum):
        PLAIN = 0
        FINE = 1

    @module.type
    class Place(Product):
        x: i32
        y: i32

    @module.sum
    class Offer(Sum):
        pass

    @module.variant
    class Nothing(Offer):
        pass

    @module.variant
    class Rebate(Offer):
        value: i32

    @module.table(public=True)
    class Item(Row):
        item_id: i32 = column(primary_key=True, auto_inc=True)
        name: str
        grade: Grade
        grades: list[Grade]
        offer: Offer | None
        place: Place

    @module.table
    class Tag(Row):
        text: str

    @module.init
    def init(ctx: ReducerContext) -> None:
        for name, grade in (("apple", Grade.FINE), ("pear", Grade.PLAIN)):
            row = Item(0, name, grade, [Grade.FINE, grade], Rebate(5), Place(1, 2))
            ctx.db[Item].insert(row)
        ctx.db[Tag].insert(Tag("fresh"))

    return module


def shop(
    *, item: dict[str, Any] | None = None, table: dict[str, Any] | None = None, grades: int = 2, **more: Any
) -> tuple[Module, Any]:
    """A module like the first: `item` are the columns of its table that are others (None: without it), `table` what its
    declaration says, `grades` how many variants its enum has."""
    module = Module("shop")
    variants: Any = Enum("Grade", dict(zip(("PLAIN", "FINE", "NOBLE"), range(grades), strict=False)))  # type: ignore[misc]
    grade: Any = module.type(variants)

    @module.type
    class Place(Product):
        x: i32
        y: i32

    @module.sum
    class Offer(Sum):
        pass

    @module.variant
    class Nothing(Offer):
        pass

    @module.variant
    class Rebate(Offer):
        value: i32

    if grades > 2:

        @module.variant
        class Gift(Offer):
            value: str

    annotations: dict[str, Any] = {
        "item_id": i32, "name": str, "grade": grade, "grades": GenericAlias(list, (grade,)), "offer": Offer | None, "place": Place,
    }  # fmt: skip
    body: dict[str, Any] = {"item_id": column(primary_key=True, auto_inc=True)}
    for name, (hint, value) in (item or {}).items():
        if hint is None:
            annotations.pop(name)
            body.pop(name, None)
        else:
            annotations[name] = hint
            if value is not None:
                body[name] = value
    names = more.get("order") or list(annotations)
    body["__annotations__"] = {name: annotations[name] for name in names}
    body["__module__"] = __name__
    made: Any = module.table(public=True, **(table or {}))(type(more.get("cls", "Item"), (Row,), body))
    if more.get("tag", True):
        tag = {
            "__annotations__": {"text": str},
            "text": column(**more.get("text", {})),
            "__module__": __name__,
        }
        module.table(type("Tag", (Row,), tag))
    return module, made


def renamed(old: str, name: str, hint: Any) -> dict[str, Any]:
    """An item whose column `old` is called `name`, in the same place."""
    order = ["item_id", "name", "grade", "grades", "offer", "place"]
    order[order.index(old)] = name
    return {"item": {old: (None, None), name: (hint, column(renamed_from=old))}, "order": order}


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite"
    storage = Storage(path)
    Database(first(), clock=lambda: 0, storage=storage)
    storage.close()
    return path


def taken_up(path: Path, module: Module) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table after the change, on disk and in a running database alike."""
    running = Database(first(), clock=lambda: 0)
    running.change_module(module)
    found: list[dict[str, list[tuple[Any, ...]]]] = [rows_of(running)]
    for _ in range(2):  # from what was kept before, then from what is kept since
        storage = Storage(path)
        found.append(rows_of(Database(module, clock=lambda: 0, storage=storage)))
        storage.close()
    assert found[0] == found[1] == found[2]
    return found[0]


def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: sorted(
            (tuple(getattr(row, column) for column in store.columns) for row in store.rows()), key=repr
        )
        for name, store in database.datastore.stores.items()
    }


def test_new_variants_come_last(stored: Path) -> None:
    module, _ = shop(grades=3)
    rows = taken_up(stored, module)
    assert [(row[0], row[1], row[2].name, [grade.name for grade in row[3]]) for row in rows["item"]] == [
        (1, "apple", "FINE", ["FINE", "FINE"]),
        (2, "pear", "PLAIN", ["FINE", "PLAIN"]),
    ]
    assert rows["item"][0][4].value == 5


def test_columns_and_tables_may_be_renamed(stored: Path) -> None:
    module, _ = shop(**renamed("name", "label", str), table={"renamed_from": "item"}, cls="Good")
    rows = taken_up(stored, module)
    assert [row[:2] for row in rows["good"]] == [(1, "apple"), (2, "pear")]
    assert "item" not in rows
    # It goes on counting, and what says how it was called once may stay.
    storage = Storage(stored)
    database = Database(module, clock=lambda: 0, storage=storage)
    store = database.datastore.stores["good"]
    row = store.rows()[0]
    database.change(lambda: store.insert(row.replace(item_id=0)), database.owner)
    assert max(row.item_id for row in store.rows()) == 3
    storage.close()


def test_a_name_that_is_there_again_is_itself(stored: Path) -> None:
    module, _ = shop(item={"note": (str, column(renamed_from="name", default="-"))})
    rows = taken_up(stored, module)
    assert [(row[1], row[6]) for row in rows["item"]] == [("apple", "-"), ("pear", "-")]


def test_numbering_may_begin_and_end(stored: Path) -> None:
    module, _ = shop(item={"item_id": (i32, column(primary_key=True))})
    assert [row[0] for row in taken_up(stored, module)["item"]] == [1, 2]
    again, _ = shop()
    storage = Storage(stored)
    database = Database(again, clock=lambda: 0, storage=storage)
    store = database.datastore.stores["item"]
    database.change(lambda: store.insert(store.rows()[0].replace(item_id=0)), database.owner)
    assert [row.item_id for row in store.rows()] == [1, 2, 3]
    storage.close()


REFUSED: dict[str, tuple[Callable[[], Module], str]] = {
    "gone": (lambda: shop(item={"place": (None, None)})[0], "table `item`: column `place` is gone"),
    "renamed": (
        lambda: shop(item={"name": (None, None), "label": (str, column(default=""))})[0],
        r"column `name` is gone \(is it `label` now\? column\(renamed_from='name'\)\)",
    ),
    "type": (
        lambda: shop(item={"name": (f32, None)})[0],
        "column `name` was String and is F32: add another column instead",
    ),
    "variants": (
        lambda: shop(grades=1)[0],
        r"column `grade` was \(plain \| fine\) and is \(plain\): add another column instead, column `grades` was Array",
    ),
    "order": (
        lambda: shop(order=["item_id", "grade", "name", "grades", "offer", "place"])[0],
        "its columns were `item_id`, `name`, `grade`, `grades`, `offer`, `place` and must stay so, in this order",
    ),
    "default": (
        lambda: shop(item={"more": (i32, None)})[0],
        r"new columns without a default: `more`, which column\(default=...\) gives one",
    ),
    "key": (
        lambda: shop(item={"item_id": (i32, column()), "name": (str, column(primary_key=True))})[0],
        "its primary key was `item_id`",
    ),
    "unique": (
        lambda: shop(text={"unique": True})[0],
        "table `tag`: a new unique constraint on `text`, which rows there are may break",
    ),
    "table": (lambda: shop(tag=False)[0], r"table `tag` is gone: keep it, or say @module.table\(renamed_from='tag'\)"),
    "event": (lambda: shop(table={"event": True}, item={"item_id": (i32, column())})[0], "holds events in one of them"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_names_the_column_and_the_way_out(stored: Path, case: str) -> None:
    made, says = REFUSED[case]
    running = Database(first(), clock=lambda: 0)
    with pytest.raises(ModuleChangeRefused, match=says) as refused:
        running.change_module(made())
    assert "@module.on_migrate" in str(refused.value)
    assert len(rows_of(running)["item"]) == 2
    storage = Storage(stored)
    with pytest.raises(StorageError, match=says) as stopped:
        Database(made(), clock=lambda: 0, storage=storage)
    storage.abandon()
    assert "begin anew with --clear" in str(stopped.value)
    assert taken_up(stored, shop()[0])["tag"] == [("fresh",)]


def hooked(**options: Any) -> tuple[Module, Any, list[Any]]:
    module, item = shop(item={"name": (None, None), "price": (i32, column(default=0))}, tag=False, **options)
    seen: list[Any] = []
    return module, item, seen


def test_a_hook_takes_over_what_does_not_go_by_itself(stored: Path) -> None:
    module, item, seen = hooked()

    @module.on_migrate
    def move(ctx: ReducerContext, before: StoredTables) -> None:
        seen.append(sorted(before))
        assert "tag" in before
        assert "other" not in before
        seen.append(before.rows("tag"))
        for row in before.rows("item"):
            values = {name: row[name] for name in ("item_id", "grade", "grades", "offer", "place")}
            ctx.db[item].insert(item(**values, price=len(row["name"])))
        with pytest.raises(KeyError, match="has to be taken over: there are item, tag"):
            before.rows("other")

    rows = taken_up(stored, module)
    assert seen == [["item", "tag"], [{"text": "fresh"}]] * 2  # once each, not again
    assert [
        (row[0], row[1].name, row[2][0].name, row[3].value, row[4].x, row[5]) for row in rows["item"]
    ] == [
        (1, "FINE", "FINE", 5, 1, 5),
        (2, "PLAIN", "FINE", 5, 1, 4),
    ]
    # It counts on from the highest number that was moved.
    storage = Storage(stored)
    database = Database(module, clock=lambda: 0, storage=storage)
    store = database.datastore.stores["item"]
    database.change(lambda: store.insert(store.rows()[0].replace(item_id=0)), database.owner)
    assert max(row.item_id for row in store.rows()) == 3
    storage.close()


def _raises(ctx: ReducerContext, before: StoredTables) -> None:
    before.rows("item")
    raise RuntimeError("no idea")


def _forgets(ctx: ReducerContext, before: StoredTables) -> None:
    before.rows("item")


@pytest.mark.parametrize(
    ("hook", "says"),
    [
        (_raises, "its on_migrate hook failed: no idea"),
        (_forgets, "table `tag` is gone: .*; the on_migrate hook has not read those rows"),
    ],
)
def test_a_hook_that_fails_or_forgets_a_table_leaves_all_as_it_was(
    stored: Path, hook: Any, says: str
) -> None:
    module, _, _ = hooked()
    module.on_migrate(hook)
    running = Database(first(), clock=lambda: 0)
    with pytest.raises(ModuleChangeRefused, match=says):
        running.change_module(module)
    assert len(rows_of(running)["item"]) == 2
    storage = Storage(stored)
    with pytest.raises(StorageError, match=says):
        Database(module, clock=lambda: 0, storage=storage)
    storage.abandon()
    assert taken_up(stored, shop()[0])["tag"] == [("fresh",)]


def test_a_hook_is_not_asked_where_no_table_changed(stored: Path) -> None:
    module, _ = shop()
    asked: list[Any] = []
    module.on_migrate(lambda ctx, before: asked.append(list(before)))
    taken_up(stored, module)
    assert asked == []
    wider, _ = shop(item={"more": (u8, column(default=1))})
    wider.on_migrate(lambda ctx, before: asked.append(list(before)))
    taken_up(stored, wider)
    assert asked == [[]] * 2


def test_timers_of_a_moved_table_run(tmp_path: Path) -> None:
    def timed(name: str, old: str | None) -> Module:
        module = Module("timed")
        body = {
            "__annotations__": {"scheduled_id": u64, "scheduled_at": ScheduleAt},
            "scheduled_id": column(primary_key=True, auto_inc=True),
            "__module__": __name__,
        }
        timer: Any = module.table(scheduled="ring", renamed_from=old, name=name)(type("Timer", (Row,), body))

        @module.reducer
        def ring(ctx: ReducerContext, timer: timer) -> None:
            rung.append(name)

        @module.reducer
        def wind(ctx: ReducerContext) -> None:
            ctx.db[timer].insert(timer(0, ScheduleAt.Time(Timestamp(5))))

        return module

    rung: list[str] = []
    database = Database(timed("bell", None), clock=lambda: 0)
    database.call("wind", sender=database.owner)
    assert database.change_module(timed("gong", "bell")) == {"gong"}
    database.run_scheduled(10)
    assert rung == ["gong"]


def test_hooks_that_are_none_are_named() -> None:
    module = Module("hooks")
    with pytest.raises(
        ModuleError, match=r"takes the context and the tables there were: `ctx, before: StoredTables`"
    ):

        @module.on_migrate
        def move(ctx: ReducerContext) -> None: ...

    module.on_migrate(_forgets)
    with pytest.raises(ModuleError, match="there is an on_migrate hook already"):
        module.on_migrate(_raises)


def test_clients_of_a_table_with_new_variants_come_again() -> None:
    with Server(first(), database="shop") as server, RawClient(server) as looking, RawClient(server) as other:
        assert isinstance(looking.subscribe("SELECT * FROM item"), v1.SubscribeMultiApplied)
        server.run(lambda _: server.running.database_host.change_module(shop(grades=3)[0]))
        opcode, _ = looking.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE
        assert isinstance(other.subscribe("SELECT * FROM item"), v1.SubscribeMultiApplied)


def test_a_database_may_begin_anew(tmp_path: Path) -> None:
    def opened(module: Module) -> Storage:
        storage = Storage(tmp_path / "shop.sqlite")
        database = Database(module, clock=lambda: 0, storage=storage)
        database.change(lambda: None, database.owner)
        return storage

    assert clear(tmp_path / "shop.sqlite") is False
    other = tmp_path / "shopping.sqlite"
    other.write_text("another database")
    storage = opened(first())
    with pytest.raises(StorageError, match="in use by another server: stop that one"):
        clear(tmp_path / "shop.sqlite")
    storage.close()
    assert clear(tmp_path / "shop.sqlite") is True
    assert list(tmp_path.iterdir()) == [other]
    opened(shop(tag=False)[0]).close()
    (tmp_path / "shop.sqlite").write_text("no database at all")
    assert clear(tmp_path / "shop.sqlite") is True
    opened(shop(tag=False)[0]).close()
