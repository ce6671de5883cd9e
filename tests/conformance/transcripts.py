"""Reads the transcripts recorded from real servers: one file per scenario and subprotocol."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacetimedb_sdk.sats.algebraic_type import ArrayType, ProductType, Ref, Typespace, option_of
from spacetimedb_sdk.sats.codec import Codec, CodecSpace
from spacetimedb_sdk.sats.module_def import ModuleDef
from spacetimedb_sdk.sats.schema_v9 import read_v9

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Event:
    client: str
    kind: str
    text: str | None
    binary: bytes | None


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
    return sorted(path for path in GOLDEN.glob("*/*.jsonl") if path.name.startswith(prefix))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def json_twin(path: Path) -> Path:
    """The same scenario over v1.json: compression changes nothing, light mode does."""
    variant, _, scenario = path.stem.removeprefix("v1.bsatn").partition(".")
    return path.with_name(f"v1.json{'-light' if variant == '-light' else ''}.{scenario}.jsonl")


class Schema:
    """The codecs of a recorded module; rows are plain tuples."""

    def __init__(self, folder: str) -> None:
        self.module: ModuleDef = read_v9(json.loads((GOLDEN / folder / "schema.v9.json").read_text()))
        self.space = CodecSpace(self.module.typespace, {})
        self.rows = {table.name: Ref(table.row_ref) for table in self.module.tables}
        self.rows |= {
            view.name: _view_row(view.return_type, self.module.typespace) for view in self.module.views
        }
        self.params = {reducer.name: reducer.params for reducer in self.module.reducers}

    def row_codec(self, table: str) -> Codec:
        return self.space.codec(self.rows[table])


def _view_row(type_: Any, typespace: Typespace) -> Ref:
    inner = type_.element if isinstance(type_, ArrayType) else option_of(type_)
    assert isinstance(inner, Ref)
    assert isinstance(typespace.resolve(inner), ProductType)
    return inner
