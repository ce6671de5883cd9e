"""What type checkers must know of a module's own types; each `type: ignore` is an error they must find."""

from __future__ import annotations

from enum import Enum
from typing import assert_type

from spacetimedb_sdk.module import Module, Product, Row, f32, u32

module = Module("typed")


@module.enum
class Team(Enum):
    RED = 0
    BLUE = 1


@module.type
class Place(Product):
    x: f32


@module.table(public=True)
class Tank(Row):
    tank_id: u32
    team: Team
    place: Place


def rows() -> None:
    tank = Tank(1, Team.RED, Place(2.0))
    assert_type(tank.team, Team)
    tank.team.name.lower()
    Team.GREEN  # type: ignore[attr-defined]
    Place("x")  # type: ignore[arg-type]
