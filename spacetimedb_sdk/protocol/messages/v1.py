"""The messages of v1.bsatn and v1.json (spec: websocket.md sections 3 and 4), as dataclasses with their codecs.

Field order is wire order. `CLIENT_MESSAGE` and `SERVER_MESSAGE` leave out the compression byte.

`JSON_SPACE` ties the same classes to the shapes of v1.json (section 4.4): there a RowList is a list of JSON texts,
arguments and results are JSON text, and `TableUpdate.updates` are QueryUpdates, never compressed.
"""

from __future__ import annotations

from typing import TypeAlias

from ...records import record
from ...sats.algebraic_type import (
    BYTES,
    CONNECTION_ID,
    I64,
    IDENTITY,
    STRING,
    TIME_DURATION,
    TIMESTAMP,
    U8,
    U32,
    U64,
    U128,
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    Ref,
    option,
)
from ...sats.bsatn.codec import LazyCodec
from ...sats.bsatn.union_codec import UnionCodec
from ...types import ConnectionId, Identity, TimeDuration, Timestamp
from .message_types import MessageSpace, SumClass, Variant
from .row_lists import FixedSize as FixedSize
from .row_lists import RawRowList, bind_row_lists
from .row_lists import RowList as RowList
from .row_lists import RowOffsets as RowOffsets

_SPACE = MessageSpace()
_product = _SPACE.product
_sum = _SPACE.sum
bind_row_lists(_SPACE)
# Arguments and results: BSATN here, text in v1.json.
_ENCODED = _SPACE.alias(BYTES)
# Those of a TransactionUpdate, which a client reads as numbers.
_TIMESTAMP, _DURATION = _SPACE.alias(TIMESTAMP), _SPACE.alias(TIME_DURATION)


@_product(id=U32)
@record(frozen=False)
class QueryId:
    id: int


# -- from the client -------------------------------------------------------------------------------------------------


@_product(reducer=STRING, args=_ENCODED, request_id=U32, flags=U8)
@record(frozen=False)
class CallReducer:
    """`flags`: 0 FullUpdate, 1 NoSuccessNotify."""

    reducer: str
    args: bytes
    request_id: int
    flags: int = 0


@_product(query_strings=ArrayType(STRING), request_id=U32)
@record(frozen=False)
class Subscribe:
    """The legacy subscription: replaces the whole legacy set."""

    query_strings: list[str]
    request_id: int


@_product(message_id=BYTES, query_string=STRING)
@record(frozen=False)
class OneOffQuery:
    message_id: bytes
    query_string: str


@_product(query=STRING, request_id=U32, query_id=QueryId)
@record(frozen=False)
class SubscribeSingle:
    query: str
    request_id: int
    query_id: QueryId


@_product(query_strings=ArrayType(STRING), request_id=U32, query_id=QueryId)
@record(frozen=False)
class SubscribeMulti:
    query_strings: list[str]
    request_id: int
    query_id: QueryId


@_product(request_id=U32, query_id=QueryId)
@record(frozen=False)
class Unsubscribe:
    request_id: int
    query_id: QueryId


@_product(request_id=U32, query_id=QueryId)
@record(frozen=False)
class UnsubscribeMulti:
    request_id: int
    query_id: QueryId


@_product(procedure=STRING, args=_ENCODED, request_id=U32, flags=U8)
@record(frozen=False)
class CallProcedure:
    procedure: str
    args: bytes
    request_id: int
    flags: int = 0


ClientMessage: TypeAlias = (
    CallReducer
    | Subscribe
    | OneOffQuery
    | SubscribeSingle
    | SubscribeMulti
    | Unsubscribe
    | UnsubscribeMulti
    | CallProcedure
)

# -- parts of server messages ----------------------------------------------------------------------------------------


@_product(deletes=RowList, inserts=RowList)
@record(frozen=False)
class QueryUpdate:
    deletes: RowList
    inserts: RowList


class CompressableQueryUpdate(SumClass):
    """A QueryUpdate, or its BSATN compressed."""

    __slots__ = ()


@record(frozen=False)
class Uncompressed(CompressableQueryUpdate):
    value: QueryUpdate


@record(frozen=False)
class Brotli(CompressableQueryUpdate):
    value: bytes


@record(frozen=False)
class Gzip(CompressableQueryUpdate):
    value: bytes


_sum(
    CompressableQueryUpdate,
    Uncompressed=(Uncompressed, QueryUpdate),
    Brotli=(Brotli, BYTES),
    Gzip=(Gzip, BYTES),
)


@_product(
    table_id=U32, table_name=STRING, num_rows=U64, updates=ArrayType(_SPACE.ref(CompressableQueryUpdate))
)
@record(frozen=False)
class TableUpdate:
    table_id: int
    table_name: str
    num_rows: int
    updates: list[CompressableQueryUpdate]


@_product(tables=ArrayType(_SPACE.ref(TableUpdate)))
@record(frozen=False)
class DatabaseUpdate:
    tables: list[TableUpdate]


class UpdateStatus(SumClass):
    """How a reducer ended."""

    __slots__ = ()


@record(frozen=False)
class Committed(UpdateStatus):
    value: DatabaseUpdate


@record(frozen=False)
class Failed(UpdateStatus):
    value: str


@record(frozen=False)
class OutOfEnergy(UpdateStatus):
    pass


_sum(
    UpdateStatus,
    Committed=(Committed, DatabaseUpdate),
    Failed=(Failed, STRING),
    OutOfEnergy=(OutOfEnergy, None),
)


@_product(reducer_name=STRING, reducer_id=U32, args=_ENCODED, request_id=U32)
@record(frozen=False)
class ReducerCallInfo:
    reducer_name: str
    reducer_id: int
    args: bytes
    request_id: int


@_product(quanta=U128)
@record(frozen=False)
class EnergyQuanta:
    quanta: int


@_product(table_id=U32, table_name=STRING, table_rows=TableUpdate)
@record(frozen=False)
class SubscribeRows:
    table_id: int
    table_name: str
    table_rows: TableUpdate


@_product(table_name=STRING, rows=RowList)
@record(frozen=False)
class OneOffTable:
    table_name: str
    rows: RowList


class ProcedureStatus(SumClass):
    """How a procedure ended."""

    __slots__ = ()


@record(frozen=False)
class Returned(ProcedureStatus):
    value: bytes


@record(frozen=False)
class ProcedureOutOfEnergy(ProcedureStatus):
    pass


@record(frozen=False)
class InternalError(ProcedureStatus):
    value: str


_sum(
    ProcedureStatus,
    Returned=(Returned, _ENCODED),
    OutOfEnergy=(ProcedureOutOfEnergy, None),
    InternalError=(InternalError, STRING),
)

# -- from the server -------------------------------------------------------------------------------------------------


@_product(database_update=DatabaseUpdate, request_id=U32, total_host_execution_duration=TIME_DURATION)
@record(frozen=False)
class InitialSubscription:
    database_update: DatabaseUpdate
    request_id: int
    total_host_execution_duration: TimeDuration


@_product(
    status=UpdateStatus,
    timestamp=_TIMESTAMP,
    caller_identity=IDENTITY,
    caller_connection_id=CONNECTION_ID,
    reducer_call=ReducerCallInfo,
    energy_quanta_used=EnergyQuanta,
    total_host_execution_duration=_DURATION,
)
@record(frozen=False)
class TransactionUpdate:
    status: UpdateStatus
    timestamp: Timestamp
    caller_identity: Identity
    caller_connection_id: ConnectionId
    reducer_call: ReducerCallInfo
    energy_quanta_used: EnergyQuanta
    total_host_execution_duration: TimeDuration


@_product(request_id=U32, update=DatabaseUpdate)
@record(frozen=False)
class TransactionUpdateLight:
    request_id: int
    update: DatabaseUpdate


@_product(identity=IDENTITY, token=STRING, connection_id=CONNECTION_ID)
@record(frozen=False)
class IdentityToken:
    identity: Identity
    token: str
    connection_id: ConnectionId

    def __repr__(self) -> str:
        return f"IdentityToken(identity={self.identity}, connection_id={self.connection_id})"


@_product(
    message_id=BYTES,
    error=option(STRING),
    tables=ArrayType(_SPACE.ref(OneOffTable)),
    total_host_execution_duration=TIME_DURATION,
)
@record(frozen=False)
class OneOffQueryResponse:
    message_id: bytes
    error: str | None
    tables: list[OneOffTable]
    total_host_execution_duration: TimeDuration


_APPLIED_SINGLE: dict[str, object] = {
    "request_id": U32,
    "total_host_execution_duration_micros": U64,
    "query_id": QueryId,
    "rows": SubscribeRows,
}


@_product(**_APPLIED_SINGLE)
@record(frozen=False)
class SubscribeApplied:
    request_id: int
    total_host_execution_duration_micros: int
    query_id: QueryId
    rows: SubscribeRows


@_product(**_APPLIED_SINGLE)
@record(frozen=False)
class UnsubscribeApplied:
    request_id: int
    total_host_execution_duration_micros: int
    query_id: QueryId
    rows: SubscribeRows


@_product(
    total_host_execution_duration_micros=U64,
    request_id=option(U32),
    query_id=option(U32),
    table_id=option(U32),
    error=STRING,
)
@record(frozen=False)
class SubscriptionError:
    total_host_execution_duration_micros: int
    request_id: int | None
    query_id: int | None
    table_id: int | None
    error: str


_APPLIED_MULTI: dict[str, object] = {
    "request_id": U32,
    "total_host_execution_duration_micros": U64,
    "query_id": QueryId,
    "update": DatabaseUpdate,
}


@_product(**_APPLIED_MULTI)
@record(frozen=False)
class SubscribeMultiApplied:
    request_id: int
    total_host_execution_duration_micros: int
    query_id: QueryId
    update: DatabaseUpdate


@_product(**_APPLIED_MULTI)
@record(frozen=False)
class UnsubscribeMultiApplied:
    request_id: int
    total_host_execution_duration_micros: int
    query_id: QueryId
    update: DatabaseUpdate


@_product(
    status=ProcedureStatus, timestamp=TIMESTAMP, total_host_execution_duration=TIME_DURATION, request_id=U32
)
@record(frozen=False)
class ProcedureResult:
    status: ProcedureStatus
    timestamp: Timestamp
    total_host_execution_duration: TimeDuration
    request_id: int


ServerMessage: TypeAlias = (
    InitialSubscription
    | TransactionUpdate
    | TransactionUpdateLight
    | IdentityToken
    | OneOffQueryResponse
    | SubscribeApplied
    | UnsubscribeApplied
    | SubscriptionError
    | SubscribeMultiApplied
    | UnsubscribeMultiApplied
    | ProcedureResult
)

_CLIENT = _SPACE.union("ClientMessage", *Variant.classes(ClientMessage))
_SERVER = _SPACE.union("ServerMessage", *Variant.classes(ServerMessage))
_CODECS = _SPACE.finish()
CLIENT_MESSAGE = UnionCodec(_CODECS, _CLIENT, "ClientMessage")
SERVER_MESSAGE = UnionCodec(_CODECS, _SERVER, "ServerMessage")
QUERY_UPDATE = LazyCodec(_CODECS, _SPACE.ref(QueryUpdate), "QueryUpdate")

# What a client looks at once, and gets with each transaction, is read into tuples.
_READ = _SPACE.unbound(
    QueryUpdate,
    CompressableQueryUpdate,
    TableUpdate,
    DatabaseUpdate,
    UpdateStatus,
    ReducerCallInfo,
    TransactionUpdate,
)
_READER = _SPACE.reshaped(
    {
        **_READ,
        **_SPACE.bound_to(RawRowList, RowList),
        # None looks at it: what is quickest to read.
        EnergyQuanta: (ProductType((Element("low", U64), Element("high", U64))), None),
    },
    {_TIMESTAMP: I64, _DURATION: I64},
)
# As SERVER_MESSAGE; a TransactionUpdate, and what is inside of messages, as tuples, its times as microseconds.
RECEIVED_MESSAGE = UnionCodec(_READER, _SERVER, "ServerMessage")
RECEIVED_QUERY_UPDATE = LazyCodec(_READER, _SPACE.ref(QueryUpdate), "QueryUpdate")

_JSON: dict[object, tuple[AlgebraicType, object]] = {
    RowList: (ArrayType(STRING), None),
    CompressableQueryUpdate: (_SPACE.ref(QueryUpdate), QueryUpdate),
}
JSON_SPACE = _SPACE.reshaped(_JSON, {_ENCODED: STRING})
# The same with the tuples of RECEIVED_MESSAGE.
JSON_RECEIVED_SPACE = _SPACE.reshaped(
    {
        **_READ,
        **_JSON,
        **_SPACE.unbound(EnergyQuanta),
        CompressableQueryUpdate: (_SPACE.ref(QueryUpdate), None),
    },
    {_ENCODED: STRING},
)
JSON_CLIENT_MESSAGE: Ref = _CLIENT
JSON_SERVER_MESSAGE: Ref = _SERVER
