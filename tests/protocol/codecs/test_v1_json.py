"""v1.json where recordings are silent: spellings of rows, numbers JSON has no word for, and texts that are none."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import Any

import pytest

from spacetimedb_sdk.errors import DecodeError, EncodeError, ProtocolError, SchemaMismatchError
from spacetimedb_sdk.protocol.codecs.v1_json import V1Json
from spacetimedb_sdk.protocol.outcomes import (
    Malformed,
    ProcedureReturned,
    SubscriptionApplied,
    SubscriptionRefused,
    Transaction,
)
from spacetimedb_sdk.slices import READ_TEXTS
from tests.protocol.notes import SCHEMA, decoded, note_rows, slices

CODEC = V1Json(SCHEMA)
DEEP = 100_000


def applied(rows: list[str]) -> str:
    update = {"table_id": 1, "table_name": "note", "num_rows": len(rows)}
    tables = [{**update, "updates": [{"deletes": [], "inserts": rows}]}]
    body = {"request_id": 1, "total_host_execution_duration_micros": 9, "query_id": {"id": 5}}
    return json.dumps({"SubscribeMultiApplied": {**body, "update": {"tables": tables}}})


def rows_of(*texts: str) -> Any:
    (outcome,) = decoded(CODEC, applied(list(texts)))
    assert isinstance(outcome, SubscriptionApplied), outcome
    (table,) = outcome.tables
    assert table.keys == list(map(SCHEMA.tables["note"].codec.encode, table.rows))
    return table.rows


def malformed(text: str) -> Exception:
    (outcome,) = decoded(CODEC, text)
    assert isinstance(outcome, Malformed)
    return outcome.error


def test_rows_come_named_or_positional() -> None:
    assert rows_of('{"text":"a","weight":1.5}', '["b",1.5]', '{"weight":1.5,"text":"c"}') == note_rows(
        "a", "b", "c"
    )


def test_an_f32_is_rounded_and_null_is_no_number() -> None:
    assert rows_of('["a",0.1]')[0].weight == 0.10000000149011612
    assert math.isnan(rows_of('["a",null]')[0].weight)


def test_a_number_that_json_cannot_say_is_not_sent() -> None:
    assert CODEC.encode_arguments("write", ("a", 0.10000000149011612)) == '["a",0.1]'
    for value in (math.nan, math.inf):
        with pytest.raises(EncodeError, match="binary protocol"):
            CODEC.encode_arguments("write", ("a", value))
    with pytest.raises(EncodeError, match="arguments of write"):
        CODEC.encode_arguments("write", ("a",))


@pytest.mark.parametrize(
    "row", ["", "[", "5", '["a"]', '["a",1.5,2]', '{"text":"a"}', '["a","1.5"]', '["a",1e999]', '["a",NaN]']
)
def test_a_row_that_does_not_fit_names_the_remedy(row: str) -> None:
    error = malformed(applied([row]))
    assert isinstance(error, SchemaMismatchError)
    assert "generate" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        '"IdentityToken"',
        '{"NoSuchMessage":{}}',
        '{"SubscriptionError":{"error":"x"}}',
        '{"TransactionUpdateLight":{"request_id":-1,"update":{"tables":[]}}}',
        '{"TransactionUpdateLight":{"request_id":true,"update":{"tables":[]}}}',
        '{"TransactionUpdateLight":{"request_id":NaN,"update":{"tables":[]}}}',
        '{"²":[]}',
        "1" * 5000,
        '{"OneOffQueryResponse":' + "1" * 5000 + "}",
        "[" * DEEP,
        "[" * DEEP + "]" * DEEP,
        '{"a":' * DEEP,
        '{"IdentityToken":' + "[" * 900 + "]" * 900 + "}",
    ],
)
def test_text_that_is_no_message_is_malformed(text: str) -> None:
    assert isinstance(malformed(text), ProtocolError)


def test_deep_nesting_inside_a_row_is_malformed() -> None:
    for depth in (10, 900, 990, DEEP):
        assert isinstance(malformed(applied(["[" * depth + "]" * depth])), SchemaMismatchError)


def test_strings_that_no_utf8_holds_are_refused() -> None:
    assert isinstance(malformed(applied(['["\\ud800",1.5]'])), SchemaMismatchError)


def test_bytes_and_texts_over_the_bound_are_malformed() -> None:
    (outcome,) = decoded(CODEC, b"\x00")
    assert isinstance(outcome, Malformed)
    (outcome,) = decoded(V1Json(SCHEMA, message_limit=100), applied(['["a",1.5]']))
    assert isinstance(outcome, Malformed)
    assert "more than 100 bytes" in str(outcome.error)


def test_many_rows_come_in_slices() -> None:
    rows = [f'["{number}",1.5]' for number in range(10 * READ_TEXTS)]
    assert slices(CODEC, applied(rows)) == 9
    assert rows_of(*rows) == note_rows(*map(str, range(10 * READ_TEXTS)))


def transaction(status: Any, args: str, reducer: str = "write", reducer_id: int = 1) -> str:
    call = {"reducer_name": reducer, "reducer_id": reducer_id, "args": args, "request_id": 3}
    body = {
        "status": status,
        "timestamp": {"__timestamp_micros_since_unix_epoch__": 5},
        "caller_identity": {"__identity__": "0xc2"},
        "caller_connection_id": {"__connection_id__": 7},
        "reducer_call": call,
        "energy_quanta_used": {"quanta": 0},
        "total_host_execution_duration": {"__time_duration_micros__": 1},
    }
    return json.dumps({"TransactionUpdate": body})


@pytest.mark.parametrize("args", ['["a",1.5]', '{"weight":1.5,"text":"a"}'])
def test_arguments_of_a_call_are_read_and_kept_as_sent(args: str) -> None:
    (outcome,) = decoded(CODEC, transaction({"Committed": {"tables": []}}, args))
    assert isinstance(outcome, Transaction)
    assert outcome.call is not None
    assert (outcome.call.args, outcome.call.encoded, outcome.call.request_id) == (["a", 1.5], args, 3)


@pytest.mark.parametrize(("args", "warnings"), [("[]", 0), ("[1]", 1), ("no json", 1)])
def test_arguments_that_do_not_fit_are_left_out(
    args: str, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    (outcome,) = decoded(V1Json(SCHEMA), transaction({"Failed": "no"}, args))
    assert isinstance(outcome, Transaction)
    assert outcome.call is not None
    assert (outcome.status, outcome.message, outcome.call.args) == ("failed", "no", [])
    assert len(caplog.records) == warnings


def test_the_other_ways_a_transaction_ends() -> None:
    (outcome,) = decoded(CODEC, transaction({"OutOfEnergy": []}, "[]"))
    assert isinstance(outcome, Transaction)
    assert outcome.status == "outofenergy"
    refused = transaction({"Failed": "no such table"}, "", "<none>", 0xFFFFFFFF)
    assert decoded(CODEC, refused) == [SubscriptionRefused(3, None, "no such table")]


def test_results_of_procedures() -> None:
    times = {"timestamp": {"__timestamp_micros_since_unix_epoch__": 5}, "request_id": 3}
    times["total_host_execution_duration"] = {"__time_duration_micros__": 1}
    returned = json.dumps({"ProcedureResult": {"status": {"Returned": "42"}, **times}})
    assert decoded(CODEC, returned) == [ProcedureReturned(3, "42", None)]
    panic = json.dumps({"ProcedureResult": {"status": {"InternalError": "it crashed\n  0: wasm"}, **times}})
    assert decoded(CODEC, panic) == [ProcedureReturned(3, None, "it crashed")]
    assert CODEC.decode_return("double", "42") == 42
    for value in ("300", "", "[["):
        with pytest.raises(DecodeError, match="result of double"):
            CODEC.decode_return("double", value)


def test_texts_are_not_compared_with_bytes() -> None:
    program = """
from spacetimedb_sdk.protocol.codecs.v1_json import V1Json
from spacetimedb_sdk.protocol.codecs.v2_bsatn import V2Bsatn
from tests.protocol.notes import SCHEMA, decoded
print([type(decoded(codec(SCHEMA), "{").pop()).__name__ for codec in (V1Json, V2Bsatn)])
"""
    done = subprocess.run([sys.executable, "-bb", "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["['Malformed',", "'Malformed']"], done.stderr
