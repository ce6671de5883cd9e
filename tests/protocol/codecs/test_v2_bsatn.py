"""What v2.bsatn and v3.bsatn say that no recording holds, and how frames of several messages are read."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from spacetimedb_sdk.errors import DecodeError, ProtocolError, SchemaMismatchError
from spacetimedb_sdk.protocol.codecs.v2_bsatn import V2Bsatn, V3Bsatn
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.protocol.outcomes import (
    Connected,
    Malformed,
    OneOffResult,
    ProcedureReturned,
    Removed,
    SubscriptionApplied,
    SubscriptionRefused,
    Transaction,
)
from spacetimedb_sdk.slices import DECODED_ROWS
from spacetimedb_sdk.types import Address, Err, Identity, Ok, TimeDuration, Timestamp
from tests.protocol.notes import SCHEMA, decoded, encode_rows, note_rows, slices

SET = v2.QuerySetId(5)
NOW = Timestamp(1_700_000_000_000_000)
CALLED = v2.ReducerOk(b"", v2.TransactionUpdate([]))


def frame(*messages: v2.ServerMessage) -> bytes:
    return b"\0" + b"".join(map(v2.SERVER_MESSAGE.encode, messages))


def one(message: v2.ServerMessage) -> Any:
    (outcome,) = decoded(V2Bsatn(SCHEMA), frame(message))
    return outcome


def query_rows(*texts: str, table: str = "note") -> v2.QueryRows:
    return v2.QueryRows([v2.SingleTableRows(table, encode_rows(note_rows(*texts)))])


@pytest.mark.parametrize(
    ("result", "status", "message"),
    [
        (v2.OutcomeOk(CALLED), "committed", ""),
        (v2.OutcomeOkEmpty(), "committed", ""),
        (v2.OutcomeErr(b"\x02\0\0\0no"), "failed", "no"),
        (v2.OutcomeErr(b"\xff"), "failed", "the reducer failed with an error that is no string: ff"),
        (v2.OutcomeInternalError("no such reducer"), "failed", "no such reducer"),
        (v2.OutcomeInternalError("reducer ran out of energy"), "outofenergy", "reducer ran out of energy"),
    ],
)
def test_every_way_a_reducer_ends(result: v2.ReducerOutcome, status: str, message: str) -> None:
    outcome = one(v2.ReducerResult(4, NOW, result))
    assert isinstance(outcome, Transaction)
    assert (outcome.status, outcome.message, outcome.micros, outcome.tables) == (
        status,
        message,
        NOW.micros,
        [],
    )
    assert outcome.call is not None
    assert (outcome.call.own, outcome.call.request_id) == (True, 4)


def test_pauses_of_many_long_lists_do_not_nest_within_each_other() -> None:
    rows = encode_rows(note_rows(*map(str, range(DECODED_ROWS + 1))))
    table = v2.TableUpdate("note", [v2.EventTable(v2.EventTableRows(rows))])
    sets = [v2.QuerySetUpdate(v2.QuerySetId(number), [table]) for number in range(50)]
    said = V2Bsatn(SCHEMA).decode(frame(v2.TransactionUpdate(sets)))
    assert not isinstance(said, list)
    depths = {_depth(said) for _ in said}
    assert depths, "it pauses"
    assert max(depths) < 10


def _depth(generator: Any) -> int:
    """How many generators are within each other."""
    return 0 if generator is None else 1 + _depth(getattr(generator, "gi_yieldfrom", None))


def test_rows_of_all_sets_are_joined_by_table() -> None:
    def changed(deleted: list[str], inserted: list[str]) -> v2.TableUpdate:
        rows = v2.PersistentTableRows(encode_rows(note_rows(*inserted)), encode_rows(note_rows(*deleted)))
        return v2.TableUpdate("note", [v2.PersistentTable(rows)])

    event = v2.TableUpdate("note", [v2.EventTable(v2.EventTableRows(encode_rows(note_rows("e"))))])
    sets = [
        v2.QuerySetUpdate(v2.QuerySetId(1), [changed(["a"], ["b"])]),
        v2.QuerySetUpdate(v2.QuerySetId(2), [changed([], ["c"]), event]),
    ]
    outcome = one(v2.TransactionUpdate(sets))
    assert isinstance(outcome, Transaction)
    assert outcome.call is None
    (table,) = outcome.tables
    assert table.gone == [SCHEMA.tables["note"].codec.encode(row) for row in note_rows("a")]
    assert table.rows == note_rows("b", "c", "e")
    assert table.keys == list(map(SCHEMA.tables["note"].codec.encode, note_rows("b", "c", "e")))


def test_sets_come_and_go() -> None:
    applied = one(v2.SubscribeApplied(1, SET, query_rows("a")))
    assert isinstance(applied, SubscriptionApplied)
    assert (applied.request_id, applied.query_id, applied.replaces) == (1, 5, False)
    assert applied.tables[0].rows == note_rows("a")
    removed = one(v2.UnsubscribeApplied(2, SET, query_rows("a")))
    assert isinstance(removed, Removed)
    assert removed.tables[0].gone == applied.tables[0].keys
    assert removed.tables[0].rows == []
    assert one(v2.UnsubscribeApplied(2, SET, None)) == Removed(2, 5, [])
    assert one(v2.SubscriptionError(1, SET, "no")) == SubscriptionRefused(1, 5, "no")
    assert one(v2.SubscriptionError(None, SET, "dead")) == SubscriptionRefused(None, 5, "dead", False)


def test_a_batch_says_of_each_set_what_became_of_it() -> None:
    results = [
        v2.SubscribeSetResult(v2.QuerySetId(1), v2.SetApplied(query_rows("a"))),
        v2.SubscribeSetResult(v2.QuerySetId(2), v2.SetError("no")),
    ]
    applied, refused = decoded(V3Bsatn(SCHEMA), frame(v2.SubscribeBatchApplied(9, results)))
    assert isinstance(applied, SubscriptionApplied)
    assert (applied.request_id, applied.query_id) == (9, 1)
    assert refused == SubscriptionRefused(9, 2, "no")


def test_answers_to_questions() -> None:
    found = one(v2.OneOffQueryResult(3, Ok(query_rows("a"))))
    assert isinstance(found, OneOffResult)
    assert (found.error, found.tables[0].rows) == (None, note_rows("a"))
    assert one(v2.OneOffQueryResult(3, Err("no"))) == OneOffResult(3, "no", [])
    nothing = TimeDuration(0)
    assert one(v2.ProcedureResult(v2.Returned(b"\x05"), NOW, nothing, 3)) == ProcedureReturned(
        3, b"\x05", None
    )
    panic = v2.InternalError("it crashed\n   0: wasm\n   1: wasm")
    assert one(v2.ProcedureResult(panic, NOW, nothing, 3)) == ProcedureReturned(3, None, "it crashed")
    traced = v2.InternalError("it crashed: error while executing at wasm backtrace:\n   0: wasm\n   1: wasm")
    said = "it crashed: the module's log says why"
    assert one(v2.ProcedureResult(traced, NOW, nothing, 3)) == ProcedureReturned(3, None, said)
    assert V2Bsatn(SCHEMA).decode_return("double", b"\x05") == 5
    with pytest.raises(DecodeError, match="result of double"):
        V2Bsatn(SCHEMA).decode_return("double", b"")


@pytest.mark.parametrize("codec", [V2Bsatn, V3Bsatn])
def test_the_first_message_names_the_subprotocol(codec: Any) -> None:
    message = v2.InitialConnection(Identity(b"\xc2" * 32), Address(b"\1" * 16), "secret")
    (outcome,) = decoded(codec(SCHEMA), frame(message))
    assert outcome == Connected(message.identity, "secret", message.connection_id, codec.subprotocol)
    assert "secret" not in repr(message) + repr(outcome)


def test_v3_reads_several_messages_in_order_and_v2_does_not() -> None:
    errors = [v2.SubscriptionError(number, SET, "no") for number in range(250)]
    outcomes = decoded(V3Bsatn(SCHEMA), frame(*errors))
    assert [outcome.request_id for outcome in outcomes if isinstance(outcome, SubscriptionRefused)] == list(
        range(250)
    )
    assert slices(V3Bsatn(SCHEMA), frame(*errors)) == 2
    (outcome,) = decoded(V2Bsatn(SCHEMA), frame(*errors))
    assert isinstance(outcome, Malformed)


def test_what_comes_before_a_broken_message_still_counts() -> None:
    first, broken = decoded(V3Bsatn(SCHEMA), frame(v2.SubscriptionError(1, SET, "no")) + b"\x63")
    assert first == SubscriptionRefused(1, 5, "no")
    assert isinstance(broken, Malformed)
    assert isinstance(broken.error, ProtocolError)
    wrong = v2.QueryRows([v2.SingleTableRows("note", v2.RowList(v2.FixedSize(3), b"abcabc"))])
    messages: list[v2.ServerMessage] = [
        v2.SubscriptionError(1, SET, "no"),
        v2.SubscribeApplied(2, SET, wrong),
    ]
    first, broken = decoded(V3Bsatn(SCHEMA), frame(*messages, messages[0]))
    assert first == SubscriptionRefused(1, 5, "no")
    assert isinstance(broken, Malformed)
    assert isinstance(broken.error, SchemaMismatchError)


@pytest.mark.parametrize("bad", ["text", b"", b"\x00", b"\x03\x00", b"\x02not gzip", b"\x00\x63"])
@pytest.mark.parametrize("codec", [V2Bsatn, V3Bsatn])
def test_a_frame_that_is_none_is_malformed(codec: Any, bad: bytes | str) -> None:
    (outcome,) = decoded(codec(SCHEMA), bad)
    assert isinstance(outcome, Malformed)
    assert isinstance(outcome.error, ProtocolError)


def test_many_rows_come_in_slices() -> None:
    rows = [f"note {number}" for number in range(10_000)]
    message = frame(v2.SubscribeApplied(1, SET, query_rows(*rows)))
    assert slices(V2Bsatn(SCHEMA), message) == 10_000 // DECODED_ROWS - 1
    (outcome,) = decoded(V2Bsatn(SCHEMA), message)
    assert isinstance(outcome, SubscriptionApplied)
    assert outcome.tables[0].rows == note_rows(*rows)


def test_an_unknown_table_is_skipped_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    codec = V2Bsatn(SCHEMA)
    message = frame(v2.SubscribeApplied(1, SET, query_rows("a", table="unheard_of")))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            (outcome,) = decoded(codec, message)
            assert isinstance(outcome, SubscriptionApplied)
            assert outcome.tables == []
    assert [record.getMessage() for record in caplog.records] == [
        "rows of table unheard_of are skipped: the bindings do not know it, regenerate them"
    ]


def test_names_that_a_server_makes_up_fill_neither_log_nor_memory(caplog: pytest.LogCaptureFixture) -> None:
    codec = V3Bsatn(SCHEMA)
    for number in range(1000):
        message = v2.SubscribeApplied(1, SET, query_rows("a", table=f"{number}\n" + "x" * 10_000))
        decoded(codec, frame(message))
    assert len(caplog.records) == 100
    assert all(len(record.getMessage()) < 200 for record in caplog.records)
    assert not any("\n" in record.getMessage() for record in caplog.records)


def test_there_is_no_message_that_replaces_a_subscription() -> None:
    assert not V3Bsatn(SCHEMA).replaces_in_one_step
    with pytest.raises(ProtocolError, match="add one, remove the other"):
        V3Bsatn(SCHEMA).replace_subscription([], 1)
