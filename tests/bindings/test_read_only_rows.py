"""Rows and nested values are read-only: what assigns to one is told what to do instead."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from spacetimedb_sdk.types import Identity
from tests.codegen.golden.conformance import MODULE, Note, Shape, Vector2

ROW = Note(Identity(b"\xc2" * 32), "text")


@pytest.mark.parametrize(
    "value", [ROW, Vector2(1.0, 2.0), Shape.Circle(1.0)], ids=lambda value: type(value).__name__
)
@pytest.mark.parametrize("name", ["text", "x", "sprite"])
def test_assignment_says_what_to_do(value: Any, name: str) -> None:
    with pytest.raises(FrozenInstanceError, match=r"rows are read-only.*replace.*beside the row"):
        setattr(value, name, 1)
    with pytest.raises(FrozenInstanceError, match="rows are read-only"):
        delattr(value, name)


def test_what_is_decoded_is_read_only_as_well() -> None:
    codec = MODULE.space.row_codec(MODULE.tables["note"].row, Note)
    decoded = codec.decode(codec.encode(ROW))
    assert decoded == ROW
    with pytest.raises(FrozenInstanceError, match="cannot change 'sprite' of a Note"):
        decoded.sprite = 1
    assert ROW.replace(text="other").text == "other"
