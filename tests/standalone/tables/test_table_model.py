"""Tables against a model too simple to be wrong: a list of rows, copied before every transaction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.module import (
    Module,
    ReducerContext,
    ReducerError,
    Row,
    UniqueConstraintViolation,
    column,
    f32,
    i32,
    index,
)
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.engine.calls import Transaction

module = Module("model")


@module.table(public=True, indexes=[index("by_team_and_rank", "team", "rank")])
class Player(Row):
    player_id: i32 = column(primary_key=True)
    name: str = column(unique=True)
    team: i32 = column(index=True)
    rank: i32


@module.table(public=True)
class Mark(Row):
    place: f32
    tags: list[i32]


Step = tuple[str, Any]
script: list[Step] = []
outcomes: list[Any] = []


class Abort(Exception):
    """Ends a transaction in the middle."""


@module.reducer
def play(ctx: ReducerContext) -> None:
    for kind, argument in script:
        outcomes.append(apply(ctx, kind, argument))


def apply(ctx: ReducerContext, kind: str, argument: Any) -> Any:
    players, marks = ctx.db[Player], ctx.db[Mark]
    try:
        match kind:
            case "insert":
                players.insert(argument)
            case "update":
                players.update(argument)
            case "delete":
                return players.delete_by_key(argument)
            case "drop":
                return players.delete(argument)
            case "mark":
                marks.insert(argument)
            case "unmark":
                return marks.delete(argument)
            case "abort":
                raise Abort
    except UniqueConstraintViolation:
        return "violated"
    except ReducerError:
        return "missing"
    return None


class Model:
    """Rows in plain lists."""

    def __init__(self) -> None:
        self.players: dict[int, Player] = {}
        self.marks: dict[tuple[float, ...], Mark] = {}

    def copy(self) -> Model:
        made = Model()
        made.players, made.marks = dict(self.players), dict(self.marks)
        return made

    def apply(self, kind: str, argument: Any) -> Any:
        if kind in ("insert", "update"):
            present = argument.player_id in self.players
            if kind == "update" and not present:
                return "missing"
            if kind == "insert" and present:
                return None if self.players[argument.player_id] == argument else "violated"
            if any(
                r.name == argument.name and r.player_id != argument.player_id for r in self.players.values()
            ):
                return "violated"
            self.players[argument.player_id] = argument
        elif kind == "drop":
            equal = self.players.get(argument.player_id) == argument
            if equal:
                del self.players[argument.player_id]
            return equal
        elif kind == "delete":
            return self.players.pop(argument, None) is not None
        elif kind == "mark":
            self.marks[(argument.place, *argument.tags)] = argument
        elif kind == "unmark":
            return self.marks.pop((argument.place, *argument.tags), None) is not None
        return None


players = st.builds(
    Player,
    player_id=st.integers(1, 5),
    name=st.sampled_from("abcdef"),
    team=st.integers(0, 2),
    rank=st.integers(0, 1),
)
marks = st.builds(Mark, place=st.sampled_from([0.5, 1.5]), tags=st.lists(st.integers(0, 1), max_size=2))
steps = st.one_of(
    st.tuples(st.sampled_from(["insert", "update", "drop"]), players),
    st.tuples(st.just("delete"), st.integers(1, 5)),
    st.tuples(st.sampled_from(["mark", "unmark"]), marks),
    st.tuples(st.just("abort"), st.none()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(steps, max_size=12), max_size=6))
def test_tables_do_what_the_model_does(transactions: list[list[Step]]) -> None:
    database = Database(module, clock=lambda: 0)
    database.failures.log.disabled = True
    committed: list[Transaction] = []
    database.on_commit = committed.append
    model = Model()
    for steps_taken in transactions:
        before, model = model, model.copy()
        script[:], outcomes[:] = steps_taken, []
        expected: list[Any] = []
        aborted = False
        for kind, argument in steps_taken:
            if kind == "abort":
                aborted = True
                break
            expected.append(model.apply(kind, argument))
        committed.clear()
        if aborted:
            with pytest.raises(Exception, match="Abort"):
                database.call("play", sender=database.owner)
            model = before
        else:
            database.call("play", sender=database.owner)
            check_changes(committed, before, model)
        assert outcomes == expected
        check_tables(database, model)


def check_changes(committed: list[Transaction], before: Model, after: Model) -> None:
    (transaction,) = committed
    changes = {change.store.name: change for change in transaction.changes}
    for name, old, new in (("player", before.players, after.players), ("mark", before.marks, after.marks)):
        change = changes.pop(name, None)
        gone = [row for key, row in old.items() if new.get(key) != row]  # type: ignore[arg-type]
        came = [row for key, row in new.items() if old.get(key) != row]  # type: ignore[arg-type]
        assert sorted(map(repr, change.deletes if change else [])) == sorted(map(repr, gone))
        assert sorted(map(repr, change.inserts if change else [])) == sorted(map(repr, came))
    assert changes == {}


def check_tables(database: Database, model: Model) -> None:
    store = database.datastore.stores["player"]
    assert {row.player_id: row for row in database.rows(Player)} == model.players
    assert sorted(map(repr, database.rows(Mark))) == sorted(map(repr, model.marks.values()))
    for name in "abcdef":
        holder = [row for row in model.players.values() if row.name == name]
        assert store.find(name=name) == (holder[0] if holder else None)
    for team in range(3):
        members = {row.player_id for row in model.players.values() if row.team == team}
        assert {row.player_id for row in store.filter(team=team)} == members
        for rank in range(2):
            ranked = {row.player_id for row in model.players.values() if (row.team, row.rank) == (team, rank)}
            assert {row.player_id for row in store.filter(team=team, rank=rank)} == ranked
