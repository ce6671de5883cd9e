"""A module whose tables have got columns with a default goes on with the rows there are; any other column is refused."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import websocket

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import Identity, Module, ReducerContext, Row, column, i32
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.sats.schema.v10 import read_v10, write_v10
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.errors import ModuleChangeRefused, StorageError
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from tests.standalone.raw_client import RawClient

ME = Identity(bytes(31) + b"\x01")


def before() -> Module:
    module = Module("shop")

    @module.table(public=True)
    class Item(Row):
        item_id: i32 = column(primary_key=True, auto_inc=True)
        name: str

    @module.table
    class Tag(Row):
        text: str

    @module.reducer
    def add(ctx: ReducerContext, name: str) -> None:
        ctx.db[Item].insert(Item(0, name))
        ctx.db[Tag].insert(Tag(name))

    return module


def after(**options: Any) -> Module:
    """The same with three columns more, the first of which takes `options`."""
    module = Module("shop")

    @module.type
    class Grade(Enum):
        PLAIN = 0
        FINE = 1

    @module.table(public=True)
    class Item(Row):
        item_id: i32 = column(primary_key=True, auto_inc=True)
        name: str
        price: i32 = column(**options)  # type: ignore[misc]
        grade: Grade = column(default=Grade.FINE)
        note: str | None = column(default=None)

    @module.table
    class Tag(Row):
        text: str
        weight: i32 = column(default=3)

    @module.reducer
    def add(ctx: ReducerContext, name: str) -> None:
        ctx.db[Item].insert(Item(item_id=0, name=name, price=1))

    return module


def rows(database: Database, table: str) -> list[tuple[Any, ...]]:
    store = database.datastore.stores[table]
    return sorted(tuple(getattr(row, name) for name in store.columns) for row in store.rows())


def opened(path: Path, module: Module) -> tuple[Database, Storage]:
    storage = Storage(path)
    try:
        return Database(module, clock=lambda: 0, storage=storage), storage
    except BaseException:
        storage.abandon()
        raise


def test_stored_rows_get_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    database, storage = opened(path, before())
    for name in ("apple", "pear, which is a longer name"):
        database.call("add", name, sender=ME)
    storage.close()
    for _ in range(2):  # from what was kept before, then from what is kept since
        database, storage = opened(path, after(default=7))
        found = rows(database, "item")
        assert [row[:2] for row in found] == [(1, "apple"), (2, "pear, which is a longer name")]
        assert {(row[2], row[3].name, row[4]) for row in found} == {(7, "FINE", None)}
        assert rows(database, "tag") == [("apple", 3), ("pear, which is a longer name", 3)]
        storage.close()
    database, storage = opened(path, after(default=7))
    database.call("add", "plum", sender=ME)
    assert [row[0] for row in rows(database, "item")] == [1, 2, 3]
    storage.close()


def test_a_reloaded_module_keeps_what_it_widened(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    database, storage = opened(path, before())
    database.call("add", "apple", sender=ME)
    assert database.change_module(after(default=7)) == {"item", "tag"}
    database.call("add", "pear", sender=ME)
    everything = rows(database, "item")
    assert [row[2] for row in everything] == [7, 1]
    storage.close()
    database, storage = opened(path, after(default=9))
    assert [row[:3] for row in rows(database, "item")] == [row[:3] for row in everything]
    storage.close()


def test_a_new_column_without_a_default_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    _, storage = opened(path, before())
    storage.close()
    with pytest.raises(StorageError, match="table `item`: new columns without a default: `price`"):
        opened(path, after())


def test_what_is_taken_away_is_refused(tmp_path: Path) -> None:
    database = Database(after(default=7), clock=lambda: 0)
    with pytest.raises(ModuleChangeRefused, match="table `item`: columns `price`, `grade`, `note` are gone"):
        database.change_module(before())


def test_who_knows_the_narrow_rows_has_to_come_again() -> None:
    with (
        Server(before(), database="shop") as server,
        RawClient(server) as looking,
        RawClient(server) as other,
    ):
        server.run(lambda database: database.call("add", "apple", sender=ME))
        assert isinstance(looking.subscribe("SELECT * FROM item"), v1.SubscribeMultiApplied)
        server.run(lambda _: server.running.database_host.change_module(after(default=7)))
        opcode, _ = looking.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE
        assert isinstance(other.subscribe("SELECT * FROM item"), v1.SubscribeMultiApplied)
        assert server.run(lambda database: rows(database, "item")[0][2]) == 7


def test_a_reloaded_module_is_the_one_that_is_told_of() -> None:
    def told(server: Server) -> tuple[bytes, bytes, int]:
        host = server.running.database_host
        return host.schema(9), host.schema(10), host.program_hash()

    with Server(before(), database="shop") as server, Server(after(default=7), database="shop") as newer:
        narrow, wide = told(server), told(newer)
        assert all(one != other for one, other in zip(narrow, wide, strict=True))
        server.run(lambda _: server.running.database_host.change_module(after(default=7)))
        assert told(server) == wide


def test_the_definition_tells_the_defaults() -> None:
    definition = after(default=7).definition()
    (item,) = (table for table in definition.tables if table.name == "item")
    assert item.default_values == ((2, b"\x07\0\0\0"), (3, b"\x01"), (4, b"\x01"))
    (read,) = (table for table in read_v10(write_v10(definition)).tables if table.name == "item")
    assert read.default_values == item.default_values


def test_a_default_of_another_type_is_a_mistake_of_the_module() -> None:
    with pytest.raises(ModuleError, match=r"the default of item\.price"):
        after(default="much").definition()
