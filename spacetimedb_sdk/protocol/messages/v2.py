"""The messages of v2.bsatn and v3.bsatn (spec: websocket.md sections 5 and 6, since-2.8.md), as dataclasses with codecs.

Field order is wire order. `CLIENT_MESSAGE` and `SERVER_MESSAGE` leave out the compression byte; v3 puts several messages
into one frame, which `decode_from` reads one after the other.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from ...records import field, record
from ...sats.algebraic_type import (
    BYTES,
    CONNECTION_ID,
    IDENTITY,
    STRING,
    TIME_DURATION,
    TIMESTAMP,
    U8,
    U32,
    ArrayType,
    option,
    result,
)
from ...sats.bsatn.union_codec import UnionCodec
from ...types import ConnectionId, Err, Identity, Ok, TimeDuration, Timestamp
from .message_types import MessageSpace, SumClass, Variant
from .row_lists import FixedSize as FixedSize
from .row_lists import RawRowList, bind_row_lists
from .row_lists import RowList as RowList
from .row_lists import RowOffsets as RowOffsets

_SPACE = MessageSpace()
_product = _SPACE.product
_sum = _SPACE.sum
bind_row_lists(_SPACE)


@_product(id=U32)
@record(frozen=False)
class QuerySetId:
    id: int


# -- from the client -------------------------------------------------------------------------------------------------


@_product(request_id=U32, query_set_id=QuerySetId, query_strings=ArrayType(STRING))
@record(frozen=False)
class Subscribe:
    request_id: int
    query_set_id: QuerySetId
    query_strings: list[str]


class UnsubscribeFlags(Enum):
    """Whether UnsubscribeApplied tells which rows leave."""

    Default = 0
    SendDroppedRows = 1


_SPACE.enum(UnsubscribeFlags)


@_product(request_id=U32, query_set_id=QuerySetId, flags=UnsubscribeFlags)
@record(frozen=False)
class Unsubscribe:
    request_id: int
    query_set_id: QuerySetId
    flags: UnsubscribeFlags = UnsubscribeFlags.Default


@_product(request_id=U32, query_string=STRING)
@record(frozen=False)
class OneOffQuery:
    request_id: int
    query_string: str


@_product(request_id=U32, flags=U8, reducer=STRING, args=BYTES)
@record(frozen=False)
class CallReducer:
    """`flags` has to be 0."""

    request_id: int
    flags: int
    reducer: str
    args: bytes


@_product(request_id=U32, flags=U8, procedure=STRING, args=BYTES)
@record(frozen=False)
class CallProcedure:
    """`flags` has to be 0."""

    request_id: int
    flags: int
    procedure: str
    args: bytes


@_product(query_set_id=QuerySetId, query_strings=ArrayType(STRING))
@record(frozen=False)
class SubscribeSet:
    """One set of a SubscribeBatch."""

    query_set_id: QuerySetId
    query_strings: list[str]


@_product(request_id=U32, sets=ArrayType(_SPACE.ref(SubscribeSet)))
@record(frozen=False)
class SubscribeBatch:
    """Several sets evaluated at one transaction. Servers older than 2.14 close the connection on it."""

    request_id: int
    sets: list[SubscribeSet]


ClientMessage: TypeAlias = (
    Subscribe | Unsubscribe | OneOffQuery | CallReducer | CallProcedure | SubscribeBatch
)

# -- parts of server messages ----------------------------------------------------------------------------------------


@_product(table=STRING, rows=RowList)
@record(frozen=False)
class SingleTableRows:
    table: str
    rows: RowList


@_product(tables=ArrayType(_SPACE.ref(SingleTableRows)))
@record(frozen=False)
class QueryRows:
    """The rows of each query of a set; a table may come more than once."""

    tables: list[SingleTableRows]


@_product(inserts=RowList, deletes=RowList)
@record(frozen=False)
class PersistentTableRows:
    inserts: RowList
    deletes: RowList


@_product(events=RowList)
@record(frozen=False)
class EventTableRows:
    events: RowList


class TableUpdateRows(SumClass):
    """What one query of a set says of a table."""

    __slots__ = ()


@record(frozen=False)
class PersistentTable(TableUpdateRows):
    value: PersistentTableRows


@record(frozen=False)
class EventTable(TableUpdateRows):
    """The table stores nothing: its rows are seen in this transaction alone."""

    value: EventTableRows


_sum(
    TableUpdateRows,
    PersistentTable=(PersistentTable, PersistentTableRows),
    EventTable=(EventTable, EventTableRows),
)


@_product(table_name=STRING, rows=ArrayType(_SPACE.ref(TableUpdateRows)))
@record(frozen=False)
class TableUpdate:
    table_name: str
    rows: list[TableUpdateRows]


@_product(query_set_id=QuerySetId, tables=ArrayType(_SPACE.ref(TableUpdate)))
@record(frozen=False)
class QuerySetUpdate:
    query_set_id: QuerySetId
    tables: list[TableUpdate]


@_product(query_sets=ArrayType(_SPACE.ref(QuerySetUpdate)))
@record(frozen=False)
class TransactionUpdate:
    """A server message of its own, and the part of a ReducerResult that its caller sees."""

    query_sets: list[QuerySetUpdate]


@_product(ret_value=BYTES, transaction_update=TransactionUpdate)
@record(frozen=False)
class ReducerOk:
    ret_value: bytes
    transaction_update: TransactionUpdate


class ReducerOutcome(SumClass):
    """How a reducer ended."""

    __slots__ = ()


@record(frozen=False)
class OutcomeOk(ReducerOutcome):
    value: ReducerOk


@record(frozen=False)
class OutcomeOkEmpty(ReducerOutcome):
    """Nothing was returned and no row changed."""


@record(frozen=False)
class OutcomeErr(ReducerOutcome):
    """BSATN of the reducer's own error: a string, with every module SDK there is."""

    value: bytes


@record(frozen=False)
class OutcomeInternalError(ReducerOutcome):
    """A panic, an unknown reducer, bad arguments, or no energy left."""

    value: str


_sum(
    ReducerOutcome,
    Ok=(OutcomeOk, ReducerOk),
    OkEmpty=(OutcomeOkEmpty, None),
    Err=(OutcomeErr, BYTES),
    InternalError=(OutcomeInternalError, STRING),
)


class ProcedureStatus(SumClass):
    """How a procedure ended."""

    __slots__ = ()


@record(frozen=False)
class Returned(ProcedureStatus):
    value: bytes


@record(frozen=False)
class InternalError(ProcedureStatus):
    value: str


_sum(ProcedureStatus, Returned=(Returned, BYTES), InternalError=(InternalError, STRING))


class SubscribeSetOutcome(SumClass):
    """What became of one set of a SubscribeBatch."""

    __slots__ = ()


@record(frozen=False)
class SetApplied(SubscribeSetOutcome):
    value: QueryRows


@record(frozen=False)
class SetError(SubscribeSetOutcome):
    """The set is not registered, its id is free again."""

    value: str


_sum(SubscribeSetOutcome, Applied=(SetApplied, QueryRows), Error=(SetError, STRING))


@_product(query_set_id=QuerySetId, outcome=SubscribeSetOutcome)
@record(frozen=False)
class SubscribeSetResult:
    query_set_id: QuerySetId
    outcome: SubscribeSetOutcome


# -- from the server -------------------------------------------------------------------------------------------------


@_product(identity=IDENTITY, connection_id=CONNECTION_ID, token=STRING)
@record(frozen=False)
class InitialConnection:
    identity: Identity
    connection_id: ConnectionId
    token: str = field(repr=False)


@_product(request_id=U32, query_set_id=QuerySetId, rows=QueryRows)
@record(frozen=False)
class SubscribeApplied:
    """`rows` are all rows of the set, whatever other sets hold."""

    request_id: int
    query_set_id: QuerySetId
    rows: QueryRows


@_product(request_id=U32, query_set_id=QuerySetId, rows=option(_SPACE.ref(QueryRows)))
@record(frozen=False)
class UnsubscribeApplied:
    """`rows` is None unless SendDroppedRows was asked for."""

    request_id: int
    query_set_id: QuerySetId
    rows: QueryRows | None


@_product(request_id=option(U32), query_set_id=QuerySetId, error=STRING)
@record(frozen=False)
class SubscriptionError:
    """Without a request id: a set that had been applied is dead."""

    request_id: int | None
    query_set_id: QuerySetId
    error: str


@_product(request_id=U32, result=result(_SPACE.ref(QueryRows), STRING))
@record(frozen=False)
class OneOffQueryResult:
    request_id: int
    result: Ok[QueryRows] | Err[str]


@_product(request_id=U32, timestamp=TIMESTAMP, result=ReducerOutcome)
@record(frozen=False)
class ReducerResult:
    request_id: int
    timestamp: Timestamp
    result: ReducerOutcome


@_product(
    status=ProcedureStatus, timestamp=TIMESTAMP, total_host_execution_duration=TIME_DURATION, request_id=U32
)
@record(frozen=False)
class ProcedureResult:
    status: ProcedureStatus
    timestamp: Timestamp
    total_host_execution_duration: TimeDuration
    request_id: int


@_product(request_id=U32, results=ArrayType(_SPACE.ref(SubscribeSetResult)))
@record(frozen=False)
class SubscribeBatchApplied:
    """One result per set, in the order they were asked for."""

    request_id: int
    results: list[SubscribeSetResult]


ServerMessage: TypeAlias = (
    InitialConnection
    | SubscribeApplied
    | UnsubscribeApplied
    | SubscriptionError
    | TransactionUpdate
    | OneOffQueryResult
    | ReducerResult
    | ProcedureResult
    | SubscribeBatchApplied
)

_CLIENT = _SPACE.union("ClientMessage", *Variant.classes(ClientMessage))
_SERVER = _SPACE.union("ServerMessage", *Variant.classes(ServerMessage))
_CODECS = _SPACE.finish()
CLIENT_MESSAGE = UnionCodec(_CODECS, _CLIENT, "ClientMessage")
SERVER_MESSAGE = UnionCodec(_CODECS, _SERVER, "ServerMessage")
# The same as a client reads it: what it looks at once, and gets with each transaction, as tuples, a TransactionUpdate too.
RECEIVED_MESSAGE = UnionCodec(
    _SPACE.reshaped(
        {
            **_SPACE.bound_to(RawRowList, RowList),
            **_SPACE.unbound(
                PersistentTableRows,
                EventTableRows,
                TableUpdateRows,
                TableUpdate,
                QuerySetUpdate,
                TransactionUpdate,
                ReducerOk,
                ReducerOutcome,
            ),
        }
    ),
    _SERVER,
    "ServerMessage",
)
