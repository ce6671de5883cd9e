"""Rows that go, of which the accelerator makes those that come: only what nothing else holds, and without a trace of what it was."""

from __future__ import annotations

import gc
import struct
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest

from tests.sats.bsatn.kept import assert_nothing_is_kept
from tests.sats.bsatn.ranges import whole

pytestmark = pytest.mark.accelerator
MOST_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class Place:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ball:
    key: int
    place: Place
    name: str


ROW = struct.Struct("<IffI")


def slots(cls: type) -> tuple[Any, ...]:
    return tuple(cls.__dict__[name] for name in cls.__slots__)  # type: ignore[attr-defined]


def description(
    outer: type = Ball, inner: type = Place, name: object = "s"
) -> tuple[object, type, tuple[Any, ...], object]:
    place = ("object", inner, slots(inner), ("f", "f"))
    return "object", outer, slots(outer), ("I", place, name)


def balls(count: int, first: int = 0) -> bytes:
    return b"".join(ROW.pack(300 + n, n * 0.5, -1.0, 1) + b"x" for n in range(first, first + count))


class Table:
    """The compiled functions of one table, and its rows."""

    def __init__(self, *classes: type) -> None:
        compiled = import_module("spacetimedb_accelerator")
        self.plan = compiled.Plan(description(*classes))
        self._read = compiled.RowsReader(self.plan, lambda *given: None)
        self.under = compiled.RowsUnder(lambda rows, keys: None, self.plan)
        self.rows: dict[int, Any] = {}

    def read(self, data: bytes) -> Any:
        return self._read(*whole(data))

    def replace(self, data: bytes) -> None:
        """Read rows, and let go of those under the same keys, as a transaction does."""
        come = self.read(data)
        keys = [row.key for row in come if row.key in self.rows]
        olds = self.under(self.rows, keys)
        self.rows.update((row.key, row) for row in come)
        assert olds is not None

    def places(self) -> set[int]:
        return {id(row) for row in self.rows.values()} | {id(row.place) for row in self.rows.values()}


def test_rows_are_made_of_those_that_went() -> None:
    table = Table()
    table.replace(balls(50))
    before = table.places()
    table.replace(balls(50))
    table.replace(balls(50))
    assert table.places() == before
    assert list(table.rows.values()) == [Ball(300 + n, Place(n * 0.5, -1.0), "x") for n in range(50)]
    assert all(gc.is_tracked(row) and gc.is_tracked(row.place) for row in table.rows.values())


def test_rows_of_mixed_changes_are_used_again_as_well() -> None:
    table = Table()
    change = import_module("spacetimedb_accelerator").MixedChanges(print, table.plan, True)
    table.replace(balls(3))
    before, come = table.places(), table.read(balls(2, 1))
    ops, olds, news, drops = change(table.rows, [301, 302], come, [301, 302, 300])
    assert drops == [300]
    assert [*zip(ops, (old.key for old in olds), news, strict=True)] == [
        ("update", 301, come[0]),
        ("update", 302, come[1]),
        ("delete", 300, None),
    ]
    del news, come
    for key in (300, 301, 302):
        del table.rows[key]
    del olds
    table.replace(balls(3))
    assert len(table.places() & before) == 6


def test_a_float_that_is_held_stays_as_it_is() -> None:
    table = Table()
    table.replace(balls(3))
    held = [row.place.x for row in table.rows.values()]
    for _ in range(3):
        table.replace(balls(3, 0).replace(b"x", b"z"))
        for row in table.rows.values():
            assert row.place.x == (row.key - 300) * 0.5
    moved = b"".join(ROW.pack(300 + n, 7.0 + n, float("nan"), 1) + b"x" for n in range(3))
    for _ in range(3):
        table.replace(moved)
    assert [row.place.x for row in table.rows.values()] == [7.0, 8.0, 9.0]
    assert len({id(row.place.y) for row in table.rows.values()}) == 3
    assert held == [0.0, 0.5, 1.0]


def test_what_a_program_holds_stays_as_it_is() -> None:
    table = Table()
    table.replace(balls(3))
    row, place = table.rows[300], table.rows[301].place
    for _ in range(3):
        table.replace(balls(3, 0))
    assert row == Ball(300, Place(0.0, -1.0), "x")
    assert place == Place(0.5, -1.0)
    assert row is not table.rows[300]


def test_rows_that_are_held_by_who_looks_through_them_stay() -> None:
    table = Table()
    table.replace(balls(3))
    olds = table.under(table.rows, [300, 301, 302])
    looking = iter(olds)
    first = next(looking)
    table.rows.clear()
    del olds
    assert [first.key, *(row.key for row in looking)] == [300, 301, 302]


def test_no_more_are_kept_than_a_few_large_messages_have() -> None:
    table = Table()
    table.replace(balls(MOST_KEPT + 50))
    table.replace(balls(MOST_KEPT + 50))
    table.rows.clear()
    gc.collect()
    assert sum(type(one) is Ball for one in gc.get_objects()) == 0
    assert len(table.read(balls(MOST_KEPT + 50))) == MOST_KEPT + 50


def test_a_row_that_cannot_be_read_leaves_none_of_its_values() -> None:
    table = Table()
    table.replace(balls(4))
    table.replace(balls(4))
    assert table.read(balls(4)[:-1]) is None
    assert table.read(ROW.pack(1, 1, 1, 1) + b"\xff") is None
    table.replace(balls(4))
    assert list(table.rows.values()) == [Ball(300 + n, Place(n * 0.5, -1.0), "x") for n in range(4)]
    for length in range(len(balls(2))):
        assert table.read(balls(2)[:length]) is None or length in (0, 17)


class Rest:
    """What a program put into a row: it looks around as it goes."""

    def __init__(self, look: Callable[[], object]) -> None:
        self.look = look

    def __del__(self) -> None:
        self.look()


def test_values_that_run_code_as_they_go() -> None:
    table = Table()
    seen: list[int] = []

    def look() -> None:
        gc.collect()
        seen.append(sum(type(one) is Ball and not hasattr(one, "key") for one in gc.get_objects()))
        table.read(balls(3))

    table.replace(balls(3))
    object.__setattr__(table.rows[301], "name", Rest(look))
    object.__setattr__(table.rows[302].place, "x", Rest(look))
    table.replace(balls(3))
    assert seen == [0, 0]
    table.replace(balls(3))
    assert [row.place.x for row in table.rows.values()] == [0.0, 0.5, 1.0]


def test_a_row_within_itself_is_garbage_as_any_other() -> None:
    table = Table()
    table.replace(balls(2))
    object.__setattr__(table.rows[300], "name", table.rows[300])
    table.replace(balls(2))
    gc.collect()
    assert [row.name for row in table.rows.values()] == ["x", "x"]


class Watched(Ball):
    __slots__ = ("__weakref__",)


class Open(Ball):  # its instances have a dictionary
    pass


@dataclass(frozen=True, slots=True)
class Wide(Ball):
    more: int


class Counted(Ball):
    __slots__ = ()
    gone = 0

    def __del__(self) -> None:
        type(self).gone += 1


def own_slots(cls: type) -> tuple[object, type, tuple[Any, ...], object]:
    kind, _, members, plans = description()
    return kind, cls, members, plans


@pytest.mark.parametrize("cls", [Watched, Open, Wide, Counted])
def test_instances_that_are_more_than_their_values_go_as_they_do(cls: Any) -> None:
    compiled = import_module("spacetimedb_accelerator")
    plan = compiled.Plan(own_slots(cls))
    read, under = compiled.RowsReader(plan, print), compiled.RowsUnder(print, plan)
    Counted.gone = 0
    for _ in range(3):
        rows = {row.key: row for row in read(*whole(balls(2)))}
        olds = under(rows, list(rows))
        seen = weakref.ref(rows[300]) if cls is Watched else lambda: None
        if cls in (Open, Wide):
            object.__setattr__(rows[300], "more", 7)
        rows.clear()
        del olds
        assert seen() is None
        assert not any(hasattr(row, "more") for row in read(*whole(balls(2))))
    assert cls is not Counted or Counted.gone >= 6


def test_a_class_that_learns_to_say_goodbye_says_it() -> None:
    @dataclass(frozen=True, slots=True)
    class Late:
        key: int
        place: Place
        name: str

    table = Table(Late)
    table.replace(balls(2))
    gone: list[int] = []
    Late.__del__ = lambda self: gone.append(self.key)  # type: ignore[attr-defined]
    table.replace(balls(2))
    assert gone == [300, 301]


def test_a_class_goes_with_what_was_kept_of_it() -> None:
    @dataclass(frozen=True, slots=True)
    class Passing:
        key: int
        place: Place
        name: str

    table = Table(Passing)
    table.replace(balls(20))
    table.replace(balls(20))
    Passing.table = table  # type: ignore[attr-defined]
    seen = weakref.ref(Passing)
    del Passing, table
    gc.collect()
    assert seen() is None


def test_nothing_is_kept_but_what_is_used_again() -> None:
    table = Table()

    def rounds() -> None:
        table.replace(balls(100))
        table.read(balls(100)[:-3])

    assert_nothing_is_kept(rounds, [Ball, Place, None, table.plan])


# -- numbers that come again -------------------------------------------------------------------------------------------


def test_numbers_that_come_again_are_one_object() -> None:
    table = Table()
    first, second = table.read(balls(2))
    assert first.place.y is second.place.y
    (again,) = table.read(balls(1, 1))
    assert again.key == second.key


@pytest.mark.parametrize("code", "fd")
def test_no_two_rows_share_a_nan(code: str) -> None:
    compiled = import_module("spacetimedb_accelerator")
    read = compiled.RowsReader(("tuple", (code,)), print)
    nans = read(*whole(struct.pack(f"<{code}", float("nan")) * 3))
    assert nans[0] != nans[1] != nans[2]
    zeros = read(*whole(struct.pack(f"<3{code}", 0.0, -0.0, 0.0)))
    assert repr(zeros) == "[(0.0,), (-0.0,), (0.0,)]"


def test_a_plan_is_shared_by_who_reads_with_it() -> None:
    compiled = import_module("spacetimedb_accelerator")
    plan = compiled.Plan(description())
    assert compiled.RowsReader(plan, print).plan is plan
    assert compiled.KeyedReader(plan, 0, print).plan is plan
    assert plan.description == description()
    with pytest.raises(ValueError, match="width"):
        compiled.Plan(("tuple", ()))
    with pytest.raises(TypeError):
        compiled.Plan()
    old_rows = type(compiled.RowsUnder(print, plan)({}, []))
    with pytest.raises(TypeError):
        old_rows()
