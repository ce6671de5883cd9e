"""The subprotocols v2.bsatn and v3.bsatn: the same messages, one or several of them per frame (spec: websocket.md sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...errors import DecodeError, ProtocolError, SpacetimeDBException
from ...sats.algebraic_type import STRING, Typespace
from ...sats.bsatn.codec import CodecSpace
from ...slices import DECODED_MESSAGES, Slices
from ...types import Err, Ok
from ..compression import MESSAGE_LIMIT
from ..messages import v2
from ..outcomes import (
    Call,
    Connected,
    OneOffResult,
    Outcome,
    ProcedureReturned,
    Removed,
    SubscriptionApplied,
    SubscriptionRefused,
    TableRows,
    Transaction,
)
from ..rows.merging import TableShare
from .message_codec import MessageCodec
from .subprotocol import CallEncoder, Decoding, Payload, ProtocolSchema
from .value_formats import BsatnValues, first_line

__all__ = ["V2Bsatn", "V3Bsatn"]

OUT_OF_ENERGY = "reducer ran out of energy"
# The tag of a TableUpdateRows of a table that keeps its rows.
_PERSISTENT = 0
_STRING = CodecSpace(Typespace(), {}).codec(STRING)


class V2Bsatn(MessageCodec):
    """Binary frames of one message each. The outcome of a call goes to the caller alone, by request id."""

    subprotocol = "v2.bsatn.spacetimedb"
    replaces_in_one_step = False

    def __init__(self, schema: ProtocolSchema, *, message_limit: int = MESSAGE_LIMIT) -> None:
        super().__init__(BsatnValues(schema), schema.tables, message_limit)
        self._schema = schema
        # Sets whose end was decoded and is not applied yet: what comes for them afterwards was never asked for, while what
        # came before waits, and still belongs to a set that stands.
        self._over: set[int] = set()

    # -- from the client -----------------------------------------------------------------------------------------------

    def reducer_encoder(self, name: str) -> CallEncoder:
        whole = v2.CLIENT_MESSAGE.encode(v2.CallReducer(0, 0, name, b""))
        # The request id follows the tag; no arguments are its end.
        return self._schema.space.call_frame(
            self._schema.parameters(name), [whole[:1], None, whole[5:-4]], []
        )

    def call_procedure(self, name: str, args: tuple[object, ...], request_id: int) -> Payload:
        arguments = self._values.encode_arguments(name, args)
        assert isinstance(arguments, bytes)
        return v2.CLIENT_MESSAGE.encode(v2.CallProcedure(request_id, 0, name, arguments))

    def replace_subscription(self, queries: list[str], request_id: int) -> Payload:
        raise ProtocolError(
            f"{self.subprotocol} has no message that replaces a subscription: add one, remove the other"
        )

    def subscribe(self, queries: list[str], request_id: int, query_id: int) -> Payload:
        return v2.CLIENT_MESSAGE.encode(v2.Subscribe(request_id, v2.QuerySetId(query_id), queries))

    def unsubscribe(self, request_id: int, query_id: int) -> Payload:
        flags = v2.UnsubscribeFlags.SendDroppedRows
        return v2.CLIENT_MESSAGE.encode(v2.Unsubscribe(request_id, v2.QuerySetId(query_id), flags))

    def one_off_query(self, query: str, request_id: int) -> Payload:
        return v2.CLIENT_MESSAGE.encode(v2.OneOffQuery(request_id, query))

    # -- from the server -----------------------------------------------------------------------------------------------

    def _said(self, plain: Any, start: int) -> list[Outcome] | Decoding:
        return self._outcomes(v2.RECEIVED_MESSAGE.decode(plain, start))

    def _outcomes(self, message: Any) -> list[Outcome] | Decoding:
        # Most are one of these two; a tuple is a TransactionUpdate.
        if type(message) is tuple:
            return self._transacted(Transaction([], "committed", "", None, None), self._shares(message[0]))
        if isinstance(message, v2.ReducerResult):
            return self._reducer_result(message)
        return self._other(message)

    def _other(self, message: Any) -> Decoding:
        match message:
            case v2.InitialConnection(identity, connection_id, token):
                return [Connected(identity, token, connection_id, self.subprotocol)]
            case v2.SubscribeApplied(request_id, query_set_id, rows):
                tables = yield from self._query_rows(rows)
                return [SubscriptionApplied(request_id, query_set_id.id, tables, replaces=False)]
            case v2.UnsubscribeApplied(request_id, query_set_id, rows):
                dropped = yield from self._query_rows(rows or v2.QueryRows([]), as_deletes=True)
                self._ended(query_set_id)
                return [Removed(request_id, query_set_id.id, dropped)]
            case v2.SubscriptionError(request_id, query_set_id, error):
                self._ended(query_set_id)
                return [SubscriptionRefused(request_id, query_set_id.id, error)]
            case v2.OneOffQueryResult(request_id, Ok(rows)):
                return [OneOffResult(request_id, None, (yield from self._query_rows(rows)))]
            case v2.OneOffQueryResult(request_id, Err(error)):
                return [OneOffResult(request_id, error, [])]
            case v2.ProcedureResult(v2.Returned(value), _, _, request_id):
                return [ProcedureReturned(request_id, value, None)]
            case v2.ProcedureResult(v2.InternalError(error), _, _, request_id):
                return [ProcedureReturned(request_id, None, first_line(error))]
            case v2.SubscribeBatchApplied():
                return (yield from self._batch(message))
            case _:
                raise ProtocolError(f"a {type(message).__name__} of unknown kind")

    def _ended(self, query_set: v2.QuerySetId) -> None:
        if self._sets is not None:
            self._over &= self._sets
            self._over.add(query_set.id)

    def _reducer_result(self, message: v2.ReducerResult) -> list[Outcome] | Decoding:
        status, text = "committed", ""
        query_sets: Iterable[Any] = ()
        result: Any = message.result  # read into tuples
        match result:
            case 0, (_returned, (sets,)):
                query_sets = sets
            case 1, _:  # nothing was returned and no row changed
                pass
            case 2, data:
                status, text = "failed", _error_text(data)
            case _, text:
                status = "outofenergy" if text == OUT_OF_ENERGY else "failed"
        call = Call("", [], b"", None, None, message.request_id, own=True)
        transaction = Transaction([], status, text, call, message.timestamp.micros)
        return self._transacted(transaction, self._shares(query_sets))

    def _batch(self, message: v2.SubscribeBatchApplied) -> Decoding:
        outcomes: list[Outcome] = []
        for result in message.results:
            match result.outcome:
                case v2.SetApplied(rows):
                    tables = yield from self._query_rows(rows)
                    outcomes.append(
                        SubscriptionApplied(
                            message.request_id, result.query_set_id.id, tables, replaces=False
                        )
                    )
                case v2.SetError(error):
                    outcomes.append(SubscriptionRefused(message.request_id, result.query_set_id.id, error))
        return outcomes

    def _shares(self, query_sets: Iterable[Any]) -> Iterator[TableShare]:
        """The rows of every query set of a TransactionUpdate, which are tuples."""
        for query_set, tables in query_sets:
            set_id = query_set.id
            if self._sets is not None and (set_id not in self._sets or set_id in self._over):
                self._warn.unknown_set(set_id)
                continue
            for name, parts in tables:
                for tag, rows in parts:
                    # An event table's rows have no other to leave for them.
                    inserts, deletes = rows if tag == _PERSISTENT else (rows[0], None)
                    yield name, deletes, inserts

    def _query_rows(self, rows: v2.QueryRows, *, as_deletes: bool = False) -> Slices[list[TableRows]]:
        shares: Iterator[TableShare] = (
            (table.table, table.rows, None) if as_deletes else (table.table, None, table.rows)
            for table in rows.tables
        )
        return (yield from self._tables(shares))


class V3Bsatn(V2Bsatn):
    """Frames of several messages from the server; this side sends one at a time, as the protocol allows."""

    subprotocol = "v3.bsatn.spacetimedb"

    def _said(self, plain: Any, start: int) -> list[Outcome] | Decoding:
        first, end = v2.RECEIVED_MESSAGE.decode_from(plain, start)
        return self._outcomes(first) if end == len(plain) else self._several(_messages(first, plain, end))

    def _several(self, messages: Iterable[v2.ServerMessage]) -> Decoding:
        """What they say; what cannot be read comes after what was read before it."""
        outcomes: list[Outcome] = []
        try:
            for count, message in enumerate(messages, 1):
                said = self._outcomes(message)
                outcomes += said if isinstance(said, list) else (yield from said)
                if count % DECODED_MESSAGES == 0:
                    yield
        except SpacetimeDBException as error:
            outcomes.append(self._malformed(error))
        return outcomes


def _messages(first: v2.ServerMessage, plain: bytes, position: int) -> Iterator[v2.ServerMessage]:
    """`first`, and those that begin at `position`."""
    yield first
    while position < len(plain):
        message, position = v2.RECEIVED_MESSAGE.decode_from(plain, position)
        yield message


def _error_text(data: bytes) -> str:
    """What a reducer returned as its error: a string, unless its module was written with no SDK there is."""
    try:
        text: str = _STRING.decode(data)
    except DecodeError:
        return f"the reducer failed with an error that is no string: {data[:60].hex(' ')}"
    return text
