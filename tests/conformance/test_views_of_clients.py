"""Views as clients see them: by their key a row that changed is an update, rows of any type are read, joins are told."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from spacetimedb_sdk.codegen import generate
from spacetimedb_sdk.module import (
    AnonymousViewContext,
    Module,
    Product,
    ReducerContext,
    Row,
    column,
    i32,
    u32,
)
from spacetimedb_sdk.standalone import Server
from tests.client.faces import AsyncFace, BasicFace, Face, Log
from tests.plugins.imports import importable

module = Module("standings")


@module.type
class Standing(Product):
    player: u32
    total: i32


@module.table
class Score(Row):
    id: u32 = column(primary_key=True, auto_inc=True)
    player: u32
    points: i32


@module.table(public=True)
class Player(Row):
    player: u32 = column(primary_key=True)
    team: i32


@module.view(public=True, primary_key="player")
def standings(ctx: AnonymousViewContext) -> list[Standing]:
    totals: dict[int, int] = {}
    for row in ctx.db[Score].iter():
        totals[row.player] = totals.get(row.player, 0) + row.points
    return [Standing(player, total) for player, total in totals.items()]


@module.reducer
def score(ctx: ReducerContext, player: u32, points: i32) -> None:
    if ctx.db[Player].get(player) is None:
        ctx.db[Player].insert(Player(player, player % 2))
    ctx.db[Score].insert(Score(0, player, points))


@module.reducer
def forget(ctx: ReducerContext, player: u32) -> None:
    for row in ctx.db[Score].filter(player=player):
        ctx.db[Score].delete(row)


@module.reducer
def nothing(ctx: ReducerContext) -> None: ...


@pytest.fixture(scope="module")
def bindings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("standings")
    generate(module.definition(), folder / "standings_bindings", module_name="standings")
    with importable(folder, "standings_bindings"):
        yield importlib.import_module("standings_bindings")


@pytest.mark.parametrize("protocol", ["v2", "v3"])
@pytest.mark.parametrize("kind", [BasicFace, AsyncFace])
def test_a_view_with_a_key_tells_updates(bindings: ModuleType, kind: type[Face], protocol: str) -> None:
    own = type("Own", (kind,), {"bindings": bindings})
    told: list[Any] = []

    async def scenario() -> None:
        with Server(module, database="conformance") as server:
            face = own(server.url.removeprefix("http://"), Log())
            query = "SELECT standings.* FROM standings JOIN player ON standings.player = player.player WHERE player.team = 1"
            await face.start(subscribe=[query], protocol=protocol)
            try:
                view = face.client.db.standings
                view.on_insert(lambda row, event: told.append(("insert", row.player, row.total)))
                view.on_update(
                    lambda old, new, event: told.append(("update", new.player, old.total, new.total))
                )
                view.on_delete(lambda row, event: told.append(("delete", row.player, row.total)))
                for player, points in ((1, 5), (2, 7), (1, 6), (3, 1)):
                    face.call("score", player, points)
                face.call("forget", 1)
                await face.settle()
                assert [(row.player, row.total) for row in view.iter()] == [(3, 1)]
                assert view.find(player=3).total == 1
            finally:
                await face.stop()

    asyncio.run(scenario())
    assert told == [
        ("insert", 1, 5),
        ("update", 1, 5, 11),
        ("insert", 3, 1),
        ("delete", 1, 11),
    ]
