"""A union of messages: each kind's functions are written when the first of it comes or goes, and its errors are the codec's."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.errors import DecodeError, EncodeError
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.sats.algebraic_type import (
    STRING,
    U32,
    AlgebraicType,
    Element,
    ProductType,
    Ref,
    SumType,
    Typespace,
)
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace, Decode
from spacetimedb_sdk.sats.bsatn.union_codec import UnionCodec
from spacetimedb_sdk.types import Address, Identity

GREETING = v1.IdentityToken(Identity(b"\x01" * 32), "a-token", Address(b"\x02" * 16))


def test_a_message_comes_back() -> None:
    data = v1.SERVER_MESSAGE.encode(GREETING)
    assert data[0] == 3
    assert v1.SERVER_MESSAGE.decode(data) == GREETING
    assert v1.SERVER_MESSAGE.decode(b"\0" + data, 1) == GREETING
    assert v1.SERVER_MESSAGE.decode_from(b"\0\0" + data + b"more", 2) == (GREETING, 2 + len(data))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "ServerMessage"),
        (b"\xff", "ServerMessage: there is no variant 255"),
        (b"\x03", "ServerMessage"),
        (v1.SERVER_MESSAGE.encode(GREETING)[:-1], "ServerMessage: 1 bytes are missing|ServerMessage: unpack"),
        (v1.SERVER_MESSAGE.encode(GREETING) + b"\0", "1 bytes left over"),
    ],
)
def test_what_is_no_message_is_a_decode_error(data: bytes, what: str) -> None:
    with pytest.raises(DecodeError, match=what):
        v1.SERVER_MESSAGE.decode(data)


def test_what_is_no_message_is_not_encoded() -> None:
    with pytest.raises(EncodeError, match="ServerMessage"):
        v1.SERVER_MESSAGE.encode("text")


class Name:
    def __init__(self, text: str) -> None:
        self.text = text


class Count:
    def __init__(self, number: int) -> None:
        self.number = number


class Either:
    __sats_bare__ = True
    __sats_variants__ = (Name, Count)


def test_only_kinds_that_were_met_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    products = ProductType((Element("text", STRING),)), ProductType((Element("number", U32),))
    union = SumType((Element("Name", Ref(0)), Element("Count", Ref(1))))
    space = CodecSpace(Typespace((*products, union)), {0: Name, 1: Count, 2: Either})
    written: list[object] = []
    decoder = space.decoder

    def noted(type_: AlgebraicType, name: str) -> Decode:
        written.append(type_)
        return decoder(type_, name)

    monkeypatch.setattr(space, "decoder", noted)
    codec = UnionCodec(space, Ref(2), "Either")
    assert written == []
    assert [codec.decode(b"\x01\x05\0\0\0").number for _ in range(2)] == [5, 5]
    assert written == [Ref(1)]
