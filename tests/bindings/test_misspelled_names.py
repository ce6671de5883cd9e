"""A name there is none of is an AttributeError that names what there is, and what was probably meant."""

from __future__ import annotations

import copy
import difflib
import pickle
from collections.abc import Callable

import pytest
from pytest_mock import MockerFixture

import spacetimedb_sdk
from spacetimedb_sdk import ClientStateError, EncodeError, SchemaError, SpacetimeDBClient
from spacetimedb_sdk.errors import SpacetimeDBException
from spacetimedb_sdk.system.plain_text import LateText, close_to, listed
from tests.codegen.golden import conformance_2x as bindings
from tests.codegen.golden.conformance_2x import MODULE, Colour, Item, Shape

AGAIN = "if the module has it by now, generate the bindings again"


def client() -> bindings.Client:
    return bindings.Client(bindings)


def row() -> Item:
    return Item.__new__(Item)


# Names are asked for as a string: type checkers find them all before.
MISSPELLED: list[tuple[Callable[[], object], str, str]] = [
    (lambda: client().db, "itme", "the module has no table itme, did you mean item: there are announcement, "),
    (lambda: client().db, "add_item", "it is client.reducers.add_item"),
    (lambda: client().reducers, "ad_item", "the module has no reducer ad_item, did you mean add_item: there are "),
    (lambda: client().reducers, "ad_item", AGAIN),
    (lambda: client().reducers, "add_numbers", "it is client.procedures.add_numbers"),
    (lambda: client().procedures, "addNumber", "no procedure addNumber, did you mean add_numbers: there are "),
    (lambda: client().views, "my_itms", "the module has no view my_itms, did you mean my_items: there are "),
    (lambda: client().views, "item", "it is client.db.item"),
    (lambda: client().by_name.db, "itme", "no table 'itme', did you mean item: there are "),
    (lambda: client().by_name.reducers, "ad_item", "no reducer 'ad_item', did you mean add_item: there are "),
    (lambda: client().db.item, "on_inserted", "has no on_inserted, did you mean on_insert"),
    (client, "add_item", "'Client' object has no attribute 'add_item': it is client.reducers.add_item"),
    (client, "item", "it is client.db.item"),
    (client, "subscripe", "has no attribute 'subscripe', did you mean subscribe"),
    (lambda: Colour, "RED", "Colour has no variant RED, did you mean red: there are red, "),
    (lambda: Colour, "orange", "Colour has no variant orange: there are red, "),
    (lambda: Shape, "Cirlce", "Shape has no variant Cirlce, did you mean circle: there are empty, circle, "),
    (lambda: Item, "filter_by_nmae", "Item has no filter_by_nmae, did you mean filter_by_name"),
    (row, "nmae", "Item has no field nmae, did you mean name: there are item_id, name, "),
    (lambda: Shape.circle(1.0), "radius", "ShapeCircle has no field radius: there are value"),
    (lambda: bindings, "Itme", "has no attribute 'Itme', did you mean Item"),
    (lambda: spacetimedb_sdk, "SpaceTimeDBClient", "did you mean SpacetimeDBClient"),
]  # fmt: skip


@pytest.mark.parametrize(("owner", "name", "says"), MISSPELLED)
def test_what_there_is_is_named(owner: Callable[[], object], name: str, says: str) -> None:
    with pytest.raises(AttributeError) as raised:
        getattr(owner(), name)
    assert says in str(raised.value)


@pytest.mark.parametrize(("owner", "name", "says"), MISSPELLED)
def test_asking_whether_a_name_is_there_looks_for_no_close_one(
    owner: Callable[[], object], name: str, says: str, mocker: MockerFixture
) -> None:
    """A game may ask each tick whether its module has a table: to look for what was meant takes longer than the tick."""
    made = owner()
    look = mocker.spy(difflib, "get_close_matches")
    assert not hasattr(made, name)
    assert getattr(made, name, None) is None
    look.assert_not_called()
    with pytest.raises(AttributeError) as raised:
        getattr(made, name)
    look.assert_not_called()
    assert says in str(raised.value)
    assert type(raised.value) is AttributeError


def test_the_text_of_an_error_is_written_once_and_stays_with_copies(mocker: MockerFixture) -> None:
    write = mocker.Mock(return_value="no such thing")
    error = AttributeError(LateText(write))
    write.assert_not_called()
    assert (str(error), repr(error)) == ("no such thing", "AttributeError('no such thing')")
    for same in (copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert str(same) == "no such thing"
        assert same.args == ("no such thing",)
    write.assert_called_once()


def test_names_given_as_texts() -> None:
    made = client()
    asked: list[tuple[type[SpacetimeDBException], Callable[[], object]]] = [
        (ClientStateError, lambda: MODULE.check_call("reducer", "ad_item", ())),
        (ClientStateError, lambda: MODULE.check_call("procedure", "ad_numbers", ())),
        (SchemaError, lambda: made.cache.table("itme")),
    ]
    for error, ask in asked:
        with pytest.raises(error, match=rf", did you mean \w+: there are .*; {AGAIN}"):
            ask()
    with pytest.raises(TypeError, match="no option on_conect, did you mean on_connect"):
        SpacetimeDBClient(bindings).connect(None, "127.0.0.1", "db", False, on_conect=print)  # type: ignore[call-arg]


def test_a_value_that_is_no_variant_is_told_which_there_are() -> None:
    add_item = MODULE.args_codec("add_item")
    with pytest.raises(EncodeError, match=r"expected Colour, not 'red' \(give Colour\.red, Colour\.green, "):
        add_item.encode(("sword", "red", 1))
    mirror = client().db
    with pytest.raises(TypeError, match=r"holds Colour, not 'red' \(give Colour\.red, "):
        mirror.item.filter(kind="red")  # type: ignore[arg-type]


def test_a_variant_that_was_not_called() -> None:
    from spacetimedb_sdk.sats.bsatn.explain import choices

    assert choices(Shape, Shape.empty) == " (call it: Shape.empty())"
    assert choices(Shape, Shape.circle) == " (call it: Shape.circle(value))"
    assert choices(Shape, 1.5).startswith(" (give Shape.empty(...), Shape.circle(...), ")


def test_what_python_itself_asks_for_is_answered_as_ever() -> None:
    assert not hasattr(Colour, "__no_such__")
    assert pickle.loads(pickle.dumps(Colour.red)) is Colour.red
    assert copy.deepcopy(Shape.circle(1.0)) == Shape.circle(1.0)
    assert getattr(client().db, "itme", None) is None
    assert Colour["red"] is Colour.red
    assert Colour(0) is Colour.red
    assert next(iter(Colour)).name == "red"


def test_close_names() -> None:
    assert close_to("VERY_RARE", ["common", "veryRare"]) == ", did you mean veryRare"
    assert close_to("xyz", ["common"]) == ""
    assert listed([]) == "none"
    assert listed("abc", 2) == "a, b and 1 more"


@pytest.mark.parametrize(
    "owner", [Item, Shape, Colour, row(), client().db, client().reducers], ids=lambda owner: str(type(owner))
)
def test_what_python_asks_for_by_itself_is_not_looked_for(owner: object, mocker: MockerFixture) -> None:
    """Each client that is made asks the generated classes for dozens of names that they may have."""
    look = mocker.patch("spacetimedb_sdk.bindings.members.close_to", return_value="")
    with pytest.raises(AttributeError, match=r"^__sats_nothing__$"):
        getattr(owner, "__sats_nothing__")  # noqa: B009  as a protocol does
    look.assert_not_called()
    with pytest.raises(AttributeError, match="nothing_like_it"):
        getattr(owner, "nothing_like_it")  # noqa: B009  type checkers find it before
    look.assert_called_once()
