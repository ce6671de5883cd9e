"""Definitions as a server of 2.x takes them: what a module calls its tables, columns and functions is what they are called there."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.module import (
    AnonymousViewContext,
    Module,
    Product,
    ReducerContext,
    Row,
    ScheduleAt,
    column,
    f32,
    index,
    u64,
)
from spacetimedb_sdk.publishing.build import definition_for
from spacetimedb_sdk.publishing.interpreter import ABI_2
from spacetimedb_sdk.sats.schema.raw_def import definition_from_bsatn
from spacetimedb_sdk.sats.schema.v10 import read_v10, write_v10
from tests.publishing.taking import Refused, Taken, taken


def published(module: Module) -> Taken:
    return taken(definition_from_bsatn(definition_for(module, ABI_2, lambda _text: None)))


def timed(called: str | None) -> Module:
    module = Module("timed")

    @module.table(scheduled=called or "spawn_food")
    class FoodTimer(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    def spawnFood(ctx: ReducerContext, timer: FoodTimer) -> None:
        pass

    module.reducer(name=called)(spawnFood) if called else module.reducer(spawnFood)
    return module


@pytest.mark.parametrize(
    ("called", "there"), [(None, "spawn_food"), ("FeedAll", "FeedAll"), ("x_2y", "x_2y")]
)
def test_a_timer_runs_its_reducer_whatever_that_is_called(called: str | None, there: str) -> None:
    assert published(timed(called)).schedules == {"food_timer": there}


def test_a_name_that_is_another_functions_in_the_source_is_no_mistake() -> None:
    module = Module("swapped")

    @module.init
    def OnInit(ctx: ReducerContext) -> None:
        pass

    @module.reducer(name="prepare")
    def on_init(ctx: ReducerContext) -> None:
        pass

    found = published(module)
    assert found.lifecycles == {"Init": "on_init"}
    assert sorted(found.functions) == ["on_init", "prepare"]


def test_a_function_is_itself_whatever_others_are_called_in_the_source() -> None:
    module = Module("alike")

    def c(ctx: ReducerContext) -> None:
        pass

    def a(ctx: ReducerContext) -> None:
        pass

    module.reducer(name="d")(c)
    module.reducer(name="c")(a)
    module.reducer(name="b")(a)
    assert sorted(published(module).functions) == ["b", "c", "d"]
    assert sorted(item.source_name for item in module.definition().reducers) == ["b", "c", "d"]


def named_as_written(style: str) -> Module:
    module = Module("names", style=style)  # type: ignore[arg-type]

    @module.type
    class vector2d(Product):
        x: f32

    @module.table(name="AllItems", public=True)
    class Item(Row):
        player: u64 = column(primary_key=True, name="playerId")
        at2: vector2d

    @module.view(primary_key="player", name="Shown")
    def shown(ctx: AnonymousViewContext) -> list[Item]:
        return []

    return module


@pytest.mark.parametrize(("style", "at2"), [("1.x", "at2"), ("2.x", "at_2")])
def test_columns_and_tables_are_called_what_the_module_says(style: str, at2: str) -> None:
    module = named_as_written(style)
    found = published(module)
    assert found.columns == {"AllItems": ["playerId", at2]}
    assert found.functions == ["Shown"]
    definition = module.definition()
    assert read_v10(write_v10(definition, by_itself=True)) == definition, (
        "what is read of it here is the same"
    )
    assert read_v10(write_v10(definition)) == definition


def test_what_a_module_refers_to_is_read_back() -> None:
    definition = timed("FeedAll").definition()
    assert read_v10(write_v10(definition, by_itself=True)) == definition


def test_a_server_looks_functions_up_by_their_source_names() -> None:
    # What a server itself says of a module is no definition to describe a module by.
    with pytest.raises(Refused, match="MissingScheduledFunction feed_all"):
        taken(write_v10(timed("FeedAll").definition()))


def test_a_key_is_unique_and_what_is_unique_has_an_index() -> None:
    definition = write_v10(named_as_written("2.x").definition(), by_itself=True)
    (table,) = next(section["Tables"] for section in definition["sections"] if "Tables" in section)  # type: ignore[attr-defined]
    indexes = table.pop("indexes")
    with pytest.raises(Refused, match="UniqueConstraintWithoutIndex AllItems"):
        taken({**definition, "sections": with_table(definition, {**table, "indexes": []})})
    with pytest.raises(Refused, match="MissingPrimaryKeyUniqueConstraint AllItems"):
        taken(
            {
                **definition,
                "sections": with_table(definition, {**table, "indexes": indexes, "constraints": []}),
            }
        )


def with_table(definition: dict[str, object], table: dict[str, object]) -> list[dict[str, object]]:
    sections: list[dict[str, object]] = definition["sections"]  # type: ignore[assignment]
    return [{"Tables": [table]} if "Tables" in section else section for section in sections]


def test_a_row_class_of_two_tables_is_taken() -> None:
    module = Module("two")

    @module.table(name="player")
    @module.table(name="gone", indexes=[index("by_both", "a", "b")])
    class Player(Row):
        a: u64 = column(primary_key=True, auto_inc=True)
        b: u64 = column(index=True)

    assert set(published(module).columns) == {"player", "gone"}
