"""What v1.bsatn and v1.json have in common: the same messages, with the same meaning (spec: websocket.md section 4)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from ...errors import DecodeError, ProtocolError
from ...slices import Slices
from ..messages import v1
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
from .subprotocol import Decoding, Payload
from .value_formats import first_line

__all__ = ["V1Codec"]

NO_REDUCER_ID = 0xFFFFFFFF
_NO_CONNECTION = bytes(16)
# The tags of an UpdateStatus.
_COMMITTED, _FAILED = 0, 1


class V1Codec(MessageCodec):
    """What v1 messages mean, and which of them a client sends; how they are written is left to the subprotocol."""

    replaces_in_one_step = True

    @abstractmethod
    def _write(self, message: v1.ClientMessage) -> Payload: ...

    @abstractmethod
    def _shares(self, tables: Iterable[Any]) -> Iterator[TableShare]:
        """The rows of every query of a DatabaseUpdate's `tables`, which are tuples."""

    # -- from the client -----------------------------------------------------------------------------------------------

    def call_procedure(self, name: str, args: tuple[object, ...], request_id: int) -> Payload:
        arguments: Any = self.encode_arguments(name, args)
        return self._write(v1.CallProcedure(name, arguments, request_id))

    def replace_subscription(self, queries: list[str], request_id: int) -> Payload:
        """The legacy message: the server swaps the whole set in one step."""
        return self._write(v1.Subscribe(queries, request_id))

    def subscribe(self, queries: list[str], request_id: int, query_id: int) -> Payload:
        return self._write(v1.SubscribeMulti(queries, request_id, v1.QueryId(query_id)))

    def unsubscribe(self, request_id: int, query_id: int) -> Payload:
        return self._write(v1.UnsubscribeMulti(request_id, v1.QueryId(query_id)))

    def one_off_query(self, query: str, request_id: int) -> Payload:
        return self._write(v1.OneOffQuery(request_id.to_bytes(4, "little"), query))

    # -- from the server -----------------------------------------------------------------------------------------------

    def _outcomes(self, message: Any) -> list[Outcome] | Decoding:
        # A tuple is a TransactionUpdate, as most are.
        return self._transaction(message) if type(message) is tuple else self._other(message)

    def _other(self, message: Any) -> Decoding:
        match message:
            case v1.TransactionUpdateLight(_, update):
                return [Transaction((yield from self._update(update)), "committed", "", None, None)]
            case v1.IdentityToken(identity, token, connection_id):
                return [Connected(identity, token, connection_id, self.subprotocol)]
            case v1.InitialSubscription(update, request_id):
                tables = yield from self._update(update)
                return [SubscriptionApplied(request_id, None, tables, replaces=True)]
            case v1.SubscribeMultiApplied(request_id, _, query_id, update):
                tables = yield from self._update(update)
                return [SubscriptionApplied(request_id, query_id.id, tables, replaces=False)]
            case v1.SubscribeApplied(request_id, _, query_id, rows):
                tables = yield from self._update(([rows.table_rows],))
                return [SubscriptionApplied(request_id, query_id.id, tables, replaces=False)]
            case v1.UnsubscribeMultiApplied(request_id, _, query_id, update):
                return [Removed(request_id, query_id.id, (yield from self._update(update)))]
            case v1.UnsubscribeApplied(request_id, _, query_id, rows):
                tables = yield from self._update(([rows.table_rows],))
                return [Removed(request_id, query_id.id, tables)]
            case v1.SubscriptionError():
                dropped_all = message.request_id is None and message.query_id is None
                return [SubscriptionRefused(message.request_id, message.query_id, message.error, dropped_all)]
            case v1.OneOffQueryResponse(message_id, error, one_off):
                request_id = int.from_bytes(message_id[:4], "little")
                return [OneOffResult(request_id, error, (yield from self._one_off(one_off)))]
            case v1.ProcedureResult(status, _, _, request_id):
                return [_returned(request_id, status)]
            case _:
                raise ProtocolError(
                    f"the server sent a {type(message).__name__}, which this client did not ask for"
                )

    def _transaction(self, message: tuple[Any, ...]) -> list[Outcome] | Decoding:
        (kind, said), micros, identity, caller, info, _energy, _duration = message
        name, reducer_id, encoded, request_id = info
        tables: Iterable[Any] = ()
        if kind == _COMMITTED:
            status, text = "committed", ""
            (tables,) = said
        elif kind == _FAILED:
            status, text = "failed", said
            if reducer_id == NO_REDUCER_ID and name in ("", "<none>"):
                # 1.x answers a refused legacy subscription so (spec: observed.md).
                return [SubscriptionRefused(request_id or None, None, text)]
        else:
            status, text = "outofenergy", ""
        # Nothing is sent also of a call that never started.
        args = [] if encoded == self._values.no_arguments else self._arguments(name, encoded)
        address = None if caller.data == _NO_CONNECTION else caller
        # By position: by name it would take more than twice as long.
        call = Call(name, args, encoded, identity, address, request_id)
        return self._transacted(Transaction([], status, text, call, micros), self._shares(tables))

    def _arguments(self, reducer: str, encoded: Payload) -> list[object]:
        try:
            return self._values.decode_arguments(reducer, encoded)
        except KeyError:
            return []
        except DecodeError as error:
            self._warn.unfit_arguments(reducer, error)
            return []

    def _update(self, update: Any) -> Slices[list[TableRows]]:
        return (yield from self._tables(self._shares(update[0])))

    def _one_off(self, tables: list[v1.OneOffTable]) -> Slices[list[TableRows]]:
        return (yield from self._tables((table.table_name, None, table.rows) for table in tables))


def _returned(request_id: int, status: v1.ProcedureStatus) -> ProcedureReturned:
    match status:
        case v1.Returned(value):
            return ProcedureReturned(request_id, value, None)
        case v1.InternalError(text):
            return ProcedureReturned(request_id, None, first_line(text))
    return ProcedureReturned(request_id, None, "the procedure ran out of energy")
