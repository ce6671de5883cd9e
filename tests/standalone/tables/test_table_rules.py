"""What inserting, deleting and looking up do in the cases where a server of tables could do something else."""

from __future__ import annotations

import math
from typing import Any

import pytest

from spacetimedb_sdk.module import (
    Between,
    Module,
    Product,
    Range,
    ReducerContext,
    Row,
    UniqueConstraintViolation,
    column,
    f32,
    f64,
    i32,
    index,
    u8,
)
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.engine.calls import Transaction
from spacetimedb_sdk.standalone.storage.commit_log import Storage

module = Module("rules")


@module.type
class Nothing(Product):
    pass


@module.table(public=True)
class Marker(Row):
    nothing: Nothing


@module.table(name="logged_out_player")
@module.table(name="player", public=True)
class Player(Row):
    player_id: u8 = column(primary_key=True, auto_inc=True)
    name: str = column(unique=True)
    score: i32


@module.table(indexes=[index("by_both", "x", "y")])
class Place(Row):
    x: f32 = column(index=True)
    y: f64 = column(index=True)
    label: str


script: list[Any] = []


@module.reducer
def play(ctx: ReducerContext) -> None:
    script[0](ctx)


@pytest.fixture
def database() -> Database:
    return Database(module, clock=lambda: 0)


def run(database: Database, work: Any) -> Any:
    returned: list[Any] = []
    script[:] = [lambda ctx: returned.append(work(ctx.db))]
    database.call("play", sender=database.owner)
    return returned[0]


def test_the_very_same_row_again_changes_nothing_and_commits(database: Database) -> None:
    run(database, lambda db: db.player.insert(Player(1, "Ann", 5)))
    told: list[Transaction] = []
    database.on_commit = told.append
    assert run(database, lambda db: db.player.insert(Player(1, "Ann", 5))) == Player(1, "Ann", 5)
    assert told[0].changes == ()
    with pytest.raises(UniqueConstraintViolation):
        run(database, lambda db: db.player.insert(Player(1, "Ann", 6)))
    with pytest.raises(UniqueConstraintViolation):
        run(database, lambda db: db.player.insert(Player(2, "Ann", 5)))
    assert run(database, lambda db: list(db.player.iter())) == [Player(1, "Ann", 5)]


def test_only_the_equal_row_is_deleted(database: Database) -> None:
    run(database, lambda db: db.player.insert(Player(1, "Ann", 5)))
    assert run(database, lambda db: db.player.delete(Player(1, "Ann", 6))) is False
    assert run(database, lambda db: db.player.delete(Player(1, "Bo", 5))) is False
    assert run(database, lambda db: db.player.count()) == 1
    assert run(database, lambda db: db.player.delete(Player(1, "Ann", 5))) is True
    assert run(database, lambda db: db.player.count()) == 0


def test_one_row_type_serves_two_tables(database: Database) -> None:
    def log_out(db: Any) -> None:
        ann = db.player.insert(Player(0, "Ann", 5))
        db.player.insert(Player(0, "Bo", 6))
        db.player.delete(ann)
        db.logged_out_player.insert(ann)

    run(database, log_out)
    assert run(database, lambda db: [list(db.player.iter()), list(db.logged_out_player.iter())]) == [
        [Player(2, "Bo", 6)],
        [Player(1, "Ann", 5)],
    ]
    with pytest.raises(KeyError, match=r"ctx\.db\.logged_out_player or ctx\.db\.player"):
        database.rows(Player)
    definition = module.definition()
    player, logged_out = definition.table("player"), definition.table("logged_out_player")
    assert player.row_ref == logged_out.row_ref
    assert player.is_public
    assert not logged_out.is_public
    assert [item.name for item in logged_out.constraints] == [
        "logged_out_player_name_key",
        "logged_out_player_player_id_key",
    ]


def test_numbers_begin_anew_with_those_that_are_free(database: Database) -> None:
    def fill(db: Any) -> None:
        for number in range(255):
            db.player.insert(Player(0, f"{number}", 0))
        for number in (7, 9):
            db.player.delete_by_key(number)

    run(database, fill)
    given = [
        run(database, lambda db, n=n: db.player.insert(Player(0, f"new {n}", 0)).player_id) for n in (1, 2)
    ]
    assert given == [7, 9]
    with pytest.raises(Exception, match="every one is taken"):
        run(database, lambda db: db.player.insert(Player(0, "one more", 0)))


def test_floats_are_found_as_the_database_keeps_them(database: Database) -> None:
    rows = [
        Place(0.1, 0.1, "tenth"), Place(-0.0, 0.0, "zero"), Place(math.nan, math.nan, "none"),
        Place(math.inf, -math.inf, "far"), Place(-2.5, 7.0, "left"),
    ]  # fmt: skip
    run(database, lambda db: [db.place.insert(row) for row in rows])

    def labels(**wanted: Any) -> list[str]:
        found: list[str] = run(database, lambda db: [row.label for row in db.place.filter(**wanted)])
        return found

    assert labels(x=0.1) == ["tenth"]
    assert labels(x=0.10000000149011612) == ["tenth"]  # what an f32 keeps of it
    assert labels(y=0.10000000149011612) == []
    assert labels(x=0.0) == labels(x=-0.0) == labels(x=0) == ["zero"]
    assert labels(x=math.nan) == ["none"]
    assert labels(x=0.1, y=0.1) == ["tenth"]
    assert labels(x=Range(-3, 0.1)) == ["left", "zero"]
    assert labels(x=Range(-3, 0.1, includes_stop=True)) == ["left", "zero", "tenth"]
    assert labels(x=Range(0.5)) == ["far", "none"]  # NaN comes after every number
    assert labels(x=0.1, y=Range(None, 1)) == ["tenth"]
    assert run(database, lambda db: db.place.delete(rows[2]))
    assert labels(x=math.nan) == []
    assert labels(x=Range(None, 1e300)) == ["left", "zero", "tenth"]


def closed(database: Database) -> None:
    assert isinstance(database.storage, Storage)
    database.storage.close()


def test_a_row_of_no_width_is_stored_once_and_kept(tmp_path: Any) -> None:
    def opened() -> Database:
        return Database(module, clock=lambda: 0, storage=Storage(tmp_path / "data.sqlite"))

    database = opened()
    run(database, lambda db: [db.marker.insert(Marker(Nothing())) for _ in range(3)])
    assert database.rows(Marker) == [Marker(Nothing())]
    closed(database)
    database = opened()
    assert database.rows(Marker) == [Marker(Nothing())]
    assert run(database, lambda db: db.marker.delete(Marker(Nothing())))
    closed(database)
    database = opened()
    assert database.rows(Marker) == []
    closed(database)


def test_both_kinds_of_range_mean_what_they_say(database: Database) -> None:
    rows = [Player(number, f"{number}", number * 10) for number in range(1, 7)]
    run(database, lambda db: [db.player.insert(row) for row in rows])
    run(database, lambda db: [db.place.insert(Place(float(n), float(n), f"{n}")) for n in range(1, 7)])

    def found(**wanted: Any) -> list[int]:
        numbers: list[int] = run(database, lambda db: [row.player_id for row in db.player.filter(**wanted)])
        return numbers

    for name, unit in (("player_id", 1), ("score", 10)):
        assert found(**{name: Between(2 * unit, 4 * unit)}) == [2, 3, 4]
        assert found(**{name: Range(2 * unit, 4 * unit)}) == [2, 3]
        assert found(**{name: Between(None, 2 * unit)}) == [1, 2]
        assert found(**{name: Between(5 * unit)}) == [5, 6]
    assert run(database, lambda db: [row.label for row in db.place.filter(x=Between(2, 3))]) == ["2", "3"]
