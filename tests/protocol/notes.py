"""A table without a primary key, a reducer and a procedure, for the tests of codecs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spacetimedb_sdk.protocol.codecs.subprotocol import (
    Payload,
    ProcedureSignature,
    ProtocolSchema,
    SubprotocolCodec,
)
from spacetimedb_sdk.protocol.messages.row_lists import RowList, RowOffsets
from spacetimedb_sdk.protocol.outcomes import Outcome
from spacetimedb_sdk.protocol.rows.decoding import TableReader
from spacetimedb_sdk.sats.algebraic_type import F32, STRING, U8, Element, ProductType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    weight: float


SPACE = CodecSpace(Typespace((ProductType((Element("text", STRING), Element("weight", F32))),)), {0: Note})
SCHEMA = ProtocolSchema(
    SPACE,
    {"note": TableReader("note", SPACE.row_codec(0, Note, "note"), None)},
    {"write": ProductType((Element("text", STRING), Element("weight", F32)))},
    {"double": ProcedureSignature(ProductType((Element("value", U8),)), U8)},
)


def note_rows(*texts: str) -> list[Any]:
    return [Note(text, 1.5) for text in texts]


def encode_rows(rows: list[Any]) -> RowList:
    """The rows as a list with an offset for each."""
    data, offsets = b"", []
    for row in rows:
        offsets.append(len(data))
        data += SCHEMA.tables["note"].codec.encode(row)
    return RowList(RowOffsets(offsets), data)


def decoded(codec: SubprotocolCodec, frame: Payload) -> list[Outcome]:
    """The outcomes of a frame, all slices at once."""
    return _run(codec, frame)[1]


def slices(codec: SubprotocolCodec, frame: Payload) -> int:
    """How often the codec yields while it decodes a frame."""
    return _run(codec, frame)[0]


def _run(codec: SubprotocolCodec, frame: Payload) -> tuple[int, list[Outcome]]:
    said, count = codec.decode(frame), 0
    if isinstance(said, list):
        return count, said
    while True:
        try:
            next(said)
        except StopIteration as done:
            return count, done.value
        count += 1
