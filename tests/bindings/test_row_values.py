"""Rows as values: nested ones are replaced like rows, and all of them have JSON."""

from __future__ import annotations

import json

from spacetimedb_sdk import Identity
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.sats.json.decoding import json_decoder
from tests.codegen.golden.conformance import MODULE, Colour, Item, Vector2

ME = Identity(b"\xc2" * 32)
ROW = Item(7, "sword", Colour.Red, 3, ME, Vector2(1.0, 2.0))


def test_a_nested_value_is_replaced_like_a_row() -> None:
    moved = ROW.replace(position=ROW.position.replace(x=5.0))
    assert moved.position == Vector2(5.0, 2.0)
    assert ROW.position == Vector2(1.0, 2.0)


def test_a_row_has_json_that_is_read_back() -> None:
    text = json.dumps(ROW.to_json())
    said = json.loads(text)
    assert (said["name"], said["position"]) == ("sword", {"x": 1.0, "y": 2.0})
    assert str(ME) in text
    assert json_decoder(MODULE.space, Ref(MODULE.tables["item"].row))(said) == ROW
