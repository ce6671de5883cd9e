"""An enum of a module and that of its bindings are the same where they are called so."""

from __future__ import annotations

from enum import Enum

import pytest

from spacetimedb_sdk.errors import EncodeError
from spacetimedb_sdk.sats.algebraic_type import UNIT, Element, Ref, SumType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace


class _Rules:
    class Team(Enum):
        RED = 0
        DARK_BLUE = 1

    class Other(Enum):
        RED = 0


class _Bindings:
    class Team(Enum):
        red = 0
        darkBlue = 1


def test_a_modules_own_enum_is_the_same_as_that_of_its_bindings() -> None:
    type_ = SumType((Element("red", UNIT), Element("darkBlue", UNIT)))
    codec = CodecSpace(Typespace((type_,)), {0: _Bindings.Team}).codec(Ref(0))
    assert codec.encode(_Rules.Team.DARK_BLUE) == codec.encode(_Bindings.Team.darkBlue) == b"\x01"
    assert codec.decode(b"\x01") is _Bindings.Team.darkBlue
    with pytest.raises(EncodeError, match=r"expected Team, not <Other.RED: 0>"):
        codec.encode(_Rules.Other.RED)
