"""Reads the transcripts recorded from real servers: one file per scenario and subprotocol."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, make_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spacetimedb_sdk.protocol.codecs.subprotocol import (
    Payload,
    ProcedureSignature,
    ProtocolSchema,
    SubprotocolCodec,
)
from spacetimedb_sdk.protocol.codecs.v1_bsatn import V1Bsatn
from spacetimedb_sdk.protocol.codecs.v1_json import V1Json
from spacetimedb_sdk.protocol.codecs.v2_bsatn import V2Bsatn, V3Bsatn
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.protocol.outcomes import Outcome
from spacetimedb_sdk.protocol.rows.decoding import TableReader
from spacetimedb_sdk.sats.algebraic_type import ArrayType, ProductType, Ref, Typespace, option_of
from spacetimedb_sdk.sats.bsatn.codec import Codec, CodecSpace
from spacetimedb_sdk.sats.json.decoding import json_decoder
from spacetimedb_sdk.sats.schema.module_def import ModuleDef
from spacetimedb_sdk.sats.schema.v9 import read_v9
from spacetimedb_sdk.slices import run
from tests.places import RECORDINGS

CODECS: dict[str, Any] = {"v1.bsatn": V1Bsatn, "v1.json": V1Json, "v2.bsatn": V2Bsatn, "v3.bsatn": V3Bsatn}


@dataclass(frozen=True)
class Event:
    client: str
    kind: str
    text: str | None
    binary: bytes | None

    @property
    def payload(self) -> Payload | None:
        return self.binary if self.text is None else self.text


def events(path: Path) -> list[Event]:
    """What happened, in order, without the header."""
    lines = [json.loads(line) for line in path.read_text().rstrip("\n").split("\n")[1:]]
    return [
        Event(
            line["client"],
            line["event"],
            line.get("text"),
            base64.b64decode(line["binary"]) if "binary" in line else None,
        )
        for line in lines
    ]


def of_protocol(prefix: str) -> list[Path]:
    return sorted(path for path in RECORDINGS.glob("*/*.jsonl") if path.name.startswith(prefix))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def twin(path: Path, protocol: str) -> Path:
    """The same scenario over another subprotocol, without compression."""
    return path.with_name(f"{protocol}.{path.stem.rpartition('.')[2]}.jsonl")


def json_twin(path: Path) -> Path:
    """The same scenario over v1.json: compression changes nothing, light mode does."""
    variant, _, scenario = path.stem.removeprefix("v1.bsatn").partition(".")
    return path.with_name(f"v1.json{'-light' if variant == '-light' else ''}.{scenario}.jsonl")


def protocol_of(path: Path) -> str:
    """`v1.bsatn` of `v1.bsatn-gzip.bulk.jsonl`."""
    version, flavour, *_ = path.name.split(".")
    return f"{version}.{flavour.partition('-')[0]}"


def client_messages(protocol: str, frame: Payload | None) -> list[Any]:
    """The messages of a frame that a client sent."""
    if isinstance(frame, str):
        return [json_decoder(v1.JSON_SPACE, v1.JSON_CLIENT_MESSAGE)(json.loads(frame))]
    assert frame is not None
    if protocol == "v1.bsatn":
        return [v1.CLIENT_MESSAGE.decode(frame)]
    found, position = [], 0
    while position < len(frame):
        message, position = v2.CLIENT_MESSAGE.decode_from(frame, position)
        found.append(message)
    return found


def decoded(codec: SubprotocolCodec, frame: Payload) -> list[Outcome]:
    """The outcomes of a frame, all slices at once."""
    said = codec.decode(frame)
    return said if isinstance(said, list) else run(said)


class Schema:
    """The codecs of a recorded module; rows are plain tuples."""

    def __init__(self, folder: str) -> None:
        self.module: ModuleDef = read_v9(json.loads((RECORDINGS / folder / "schema.v9.json").read_text()))
        self.space = CodecSpace(self.module.typespace, {})
        self.rows = {table.name: Ref(table.row_ref) for table in self.module.tables}
        self.rows |= {
            view.name: _view_row(view.return_type, self.module.typespace) for view in self.module.views
        }
        self.params = {reducer.name: reducer.params for reducer in self.module.reducers}
        primary_keys = {table.name: table.primary_key for table in self.module.tables}
        self.protocol = ProtocolSchema(
            self.space,
            {name: self._reader(name, ref, primary_keys.get(name)) for name, ref in self.rows.items()},
            self.params,
            {
                procedure.name: ProcedureSignature(procedure.params, procedure.return_type)
                for procedure in self.module.procedures
            },
        )

    def row_codec(self, table: str) -> Codec:
        return self.space.codec(self.rows[table])

    def codec(self, protocol: str, **options: Any) -> SubprotocolCodec:
        """The codec of `v1.bsatn`, `v1.json`, `v2.bsatn` or `v3.bsatn`; its rows are dataclasses of their own."""
        made: SubprotocolCodec = CODECS[protocol](self.protocol, **options)
        return made

    def _reader(self, table: str, ref: Ref, primary_key: int | None) -> TableReader:
        row_type = self.module.typespace.resolve(ref)
        assert isinstance(row_type, ProductType)
        names = tuple(f"{element.name}_" for element in row_type.elements)  # a column may be named `from`
        namespace = {"__sats_fields__": names}
        cls = make_dataclass(f"{table}_row", names, frozen=True, slots=True, namespace=namespace)
        key = None if primary_key is None else names[primary_key]
        return TableReader(table, self.space.row_codec(ref.index, cls, table), key)


@cache
def schema_of(folder: str) -> Schema:
    """That of the recordings in a folder, made once and where it is first asked for."""
    return Schema(folder)


def _view_row(type_: Any, typespace: Typespace) -> Ref:
    inner = type_.element if isinstance(type_, ArrayType) else option_of(type_)
    assert isinstance(inner, Ref)
    assert isinstance(typespace.resolve(inner), ProductType)
    return inner
