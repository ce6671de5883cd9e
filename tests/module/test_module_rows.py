"""Row classes: immutable, slotted, built by position or by name."""

import copy
import pickle

import pytest

from spacetimedb_sdk.module import Module, Product, Row, column, f32, i32

module = Module("rows")


@module.type
class Vector(Product):
    x: f32
    y: f32 = 0.0

    def length_squared(self) -> float:
        return self.x * self.x + self.y * self.y


@module.table
class Unit(Row):
    unit_id: i32 = column(primary_key=True)
    place: Vector
    name: str = column(default="nobody")


def test_rows_are_built_by_position_and_by_name() -> None:
    by_name = Unit(unit_id=1, place=Vector(1.0, 2.0), name="Bo")
    assert by_name == Unit(1, Vector(1.0, 2.0), "Bo")
    assert hash(by_name) == hash(Unit(1, Vector(1.0, 2.0), "Bo"))
    assert by_name != Unit(2, Vector(1.0, 2.0), "Bo")
    assert repr(by_name) == "Unit(unit_id=1, place=Vector(x=1.0, y=2.0), name='Bo')"


def test_defaults_stand_in_for_what_is_left_out() -> None:
    assert Unit(1, Vector(3.0)).name == "nobody"
    assert Vector(3.0).y == 0.0
    with pytest.raises(TypeError, match="place"):
        Unit(1)  # type: ignore[call-arg]


def test_methods_of_the_class_stay() -> None:
    assert Vector(3.0, 4.0).length_squared() == 25.0


def test_rows_cannot_be_changed_in_place() -> None:
    unit = Unit(1, Vector(1.0, 2.0))
    with pytest.raises(AttributeError, match=r"use \.replace\(name=\.\.\.\)"):
        unit.name = "Bo"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable"):
        del unit.name
    assert not hasattr(unit, "__dict__")


def test_replace_changes_a_copy() -> None:
    unit = Unit(1, Vector(1.0, 2.0), "Bo")
    assert unit.replace(name="Cyd", unit_id=2) == Unit(2, Vector(1.0, 2.0), "Cyd")
    assert unit.name == "Bo"
    with pytest.raises(TypeError, match="colour"):
        unit.replace(colour=1)


def test_rows_can_be_copied_and_matched() -> None:
    unit = Unit(1, Vector(1.0, 2.0), "Bo")
    assert copy.deepcopy(unit) == unit
    assert pickle.loads(pickle.dumps(unit)) == unit
    match unit:
        case Unit(number, Vector(x, _)):
            assert (number, x) == (1, 1.0)
        case _:
            pytest.fail("the row did not match its own class")
