"""Records: what a dataclass does, without a method written for each class."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from spacetimedb_sdk.records import field, record

T = TypeVar("T")


@record
class Place:
    """Where something is."""

    kind: ClassVar[str] = "place"
    x: float
    y: float = 0.0
    names: list[str] = field(default_factory=list)
    secret: str = field(default="", repr=False)

    def moved(self, by: float) -> Place:
        return Place(self.x + by, self.y)


@record(order=True)
class Mass:
    grams: int


@record(frozen=False)
class Counter:
    count: int = 0


@record
class Empty:
    pass


@record
class Box(Generic[T]):
    value: T


def test_fields_come_by_position_by_name_and_by_default() -> None:
    place = Place(1.0, names=["a"])
    assert (place.x, place.y, place.names, place.secret) == (1.0, 0.0, ["a"], "")
    assert Place(1.0).names is not Place(1.0).names
    assert place.moved(2.0) == Place(3.0)
    assert Place.kind == "place"
    assert Place.__doc__ == "Where something is."
    assert not hasattr(place, "__dict__")


@pytest.mark.parametrize(
    ("values", "named", "said"),
    [
        ((), {}, "lacks a value for 'x'"),
        ((1.0, 2.0, [], "", 5), {}, "takes 4 values, not 5"),
        ((1.0,), {"x": 2.0}, "'x'"),
        ((1.0,), {"z": 2.0}, "'z'"),
    ],
)
def test_what_does_not_fit_the_fields_is_a_type_error(
    values: tuple[Any, ...], named: dict[str, Any], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        Place(*values, **named)


def test_records_are_equal_by_class_and_value() -> None:
    assert Mass(1) == Mass(1) != Mass(2)
    assert Mass(1) != Box(1)
    assert Empty() == Empty()
    assert {Mass(1): "one", Box(1): "box"}[Mass(1)] == "one"
    assert Mass(1) < Mass(2) <= Mass(2)
    assert sorted([Mass(3), Mass(1)]) == [Mass(1), Mass(3)]
    with pytest.raises(TypeError):
        Mass(1) < Box(1)  # type: ignore[operator]  # noqa: B015


def test_it_shows_its_fields_but_those_it_must_not() -> None:
    assert repr(Place(1.0, secret="token")) == "Place(x=1.0, y=0.0, names=[])"
    ring = Place(1.0)
    ring.names.append(ring)  # type: ignore[arg-type]
    assert repr(ring) == "Place(x=1.0, y=0.0, names=[...])"


def test_a_frozen_record_stays_as_it_was_made() -> None:
    place = Place(1.0)
    with pytest.raises(FrozenInstanceError, match="'x' of a Place"):
        place.x = 2.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del place.x
    counter = Counter()
    counter.count += 1
    assert counter == Counter(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


def test_it_matches_by_position_and_is_copied_and_pickled() -> None:
    match Place(1.0, 2.0):
        case Place(x, y):
            assert (x, y) == (1.0, 2.0)
    place = Place(1.0, 2.0, ["a"], "token")
    for same in (copy.copy(place), copy.deepcopy(place), pickle.loads(pickle.dumps(place))):
        assert same == place


def test_it_is_a_dataclass_to_those_who_ask() -> None:
    place = Place(1.0, names=["a"])
    record: object = Place
    assert dataclasses.is_dataclass(record)
    assert [f.name for f in dataclasses.fields(Place)] == ["x", "y", "names", "secret"]
    assert dataclasses.replace(place, y=3.0) == Place(1.0, 3.0, ["a"])
    assert dataclasses.asdict(Box(place)) == {
        "value": {"x": 1.0, "y": 0.0, "names": ["a"], "secret": ""},
    }
    assert dataclasses.astuple(Mass(3)) == (3,)
    assert dataclasses.fields(Empty) == ()


def test_what_a_class_defines_itself_stays() -> None:
    @record
    class Named:
        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    class Greeting:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    @record(frozen=False)
    class Hello(Greeting):
        name: str

    assert repr(Named("a")) == "<a>"
    assert Hello("a") == Hello("b")


def test_the_hundredth_of_a_class_is_made_as_the_first() -> None:
    @record
    class Often:
        x: float
        names: list[str] = field(default_factory=list)
        y: float = 2.0

    shared = Often.__init__
    first = Often(1.0)
    for _ in range(300):
        assert Often(1.0) == first
    assert Often.__init__ is not shared
    assert Often(1.0, y=3.0) != first == Often(1.0, [], 2.0)
    assert Often(1.0).names is not Often(1.0).names
    assert hash(Often(1.0, (), 2.0)) == hash(Often(1.0, (), 2.0))  # type: ignore[arg-type]
    assert copy.replace(first, x=4.0).x == 4.0 if hasattr(copy, "replace") else True
    wrong: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((), {}),
        ((1.0, [], 2.0, 5), {}),
        ((1.0,), {"z": 2.0}),
    ]
    for values, named in wrong:
        with pytest.raises(TypeError):
            Often(*values, **named)
    with pytest.raises(FrozenInstanceError):
        first.x = 2.0  # type: ignore[misc]
