"""One scenario says the same over every subprotocol, through the codecs that clients use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.protocol.outcomes import Connected, Malformed
from tests.conformance.said import plain, said, states
from tests.conformance.transcripts import json_twin, named, of_protocol, schema_of, twin

pytestmark = pytest.mark.both_decoders

V1, V2, V3 = of_protocol("v1.bsatn"), of_protocol("v2.bsatn"), of_protocol("v3.bsatn")


@pytest.mark.parametrize("path", V1, ids=named)
def test_v1_bsatn_says_what_v1_json_says(path: Path) -> None:
    schema = schema_of(path.parent.name)
    binary, text = said(path, schema), said(json_twin(path), schema)
    assert binary.keys() == text.keys()
    for client, outcomes in binary.items():
        assert [plain(outcome) for outcome in outcomes] == [plain(outcome) for outcome in text[client]]


@pytest.mark.parametrize("path", [path for path in V3 if twin(path, "v2.bsatn").exists()], ids=named)
def test_v3_says_what_v2_says(path: Path) -> None:
    schema = schema_of(path.parent.name)
    v3, v2 = said(path, schema), said(twin(path, "v2.bsatn"), schema)
    assert v3.keys() == v2.keys()
    for client, outcomes in v3.items():
        assert [plain(outcome) for outcome in outcomes] == [plain(outcome) for outcome in v2[client]]


@pytest.mark.parametrize("path", [path for path in [*V2, *V3] if twin(path, "v1.json").exists()], ids=named)
def test_v2_and_v3_show_the_rows_that_v1_json_shows(path: Path) -> None:
    schema = schema_of(path.parent.name)
    ours, theirs = said(path, schema), said(twin(path, "v1.json"), schema)
    for client, outcomes in ours.items():
        assert states(outcomes) == states(theirs[client])


@pytest.mark.parametrize("path", [*V1, *map(json_twin, V1), *V2, *V3], ids=named)
def test_every_frame_is_understood_and_rows_come_under_the_keys_of_the_cache(path: Path) -> None:
    schema = schema_of(path.parent.name)
    for outcomes in said(path, schema).values():
        assert isinstance(outcomes[0], Connected)
        known: set[Any] = set()
        for outcome in outcomes:
            assert not isinstance(outcome, Malformed)
            for update in getattr(outcome, "tables", []):
                reader = schema.protocol.tables[update.table]
                rows = update.rows
                assert update.keys == reader.keys_of(rows)
                assert all(type(row) is type(rows[0]) for row in rows)
                known |= {(update.table, key) for key in update.keys}
                assert {(update.table, key) for key in update.gone} <= known
