"""One client of v2 or v3: its messages in, what they are answered with out (spec: websocket.md sections 5 and 6)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ...errors import DecodeError
from ...protocol.messages import v2
from ...types import Err, TimeDuration, Timestamp
from ..errors import CallRefused, QueryError
from ..subscriptions.fan_out import V2Announcer
from ..wire import v2_writer
from ..wire.row_batch import RowBatch
from .session import Session

__all__ = ["V2Session", "V3Session"]


class V2Session(Session):
    """One message per frame."""

    @property
    def announcer(self) -> V2Announcer:
        return self._subscriptions.v2

    def _greet(self) -> None:
        self._send(v2.InitialConnection(self.identity, self.connection_id, self._token))

    def _send(self, message: v2.ServerMessage) -> None:
        self.send(v2_writer.message(message))

    def receive(self, data: bytes | str) -> None:
        if isinstance(data, str):
            raise DecodeError("text messages belong to v1.json")
        message, _ = v2.CLIENT_MESSAGE.decode_from(data, 0)
        self._act(message)

    def _act(self, message: v2.ClientMessage) -> None:
        match message:
            case v2.CallReducer():
                self._call(message)
            case v2.Subscribe():
                self._subscribe(message)
            case v2.Unsubscribe():
                self._unsubscribe(message)
            case v2.OneOffQuery():
                self._one_off(message)
            case v2.CallProcedure():
                self._call_procedure(message)
            case v2.SubscribeBatch():
                self._subscribe_batch(message)

    # Reducers

    def _call(self, message: v2.CallReducer) -> None:
        if message.flags != 0:
            raise DecodeError(f"invalid call reducer flag {message.flags}")
        try:
            transaction = self._database.call_encoded(
                message.reducer,
                message.args,
                sender=self.identity,
                connection_id=self.connection_id,
                request_id=message.request_id,
            )
        except CallRefused as error:
            self._answer(message, Timestamp(self._clock()), v2.OutcomeInternalError(error.message))
            return
        if transaction.error is None:
            return  # told with the commit
        if transaction.panicked:
            self._answer(message, transaction.timestamp, v2.OutcomeInternalError(transaction.error))
        else:
            text = transaction.error.encode()
            error_value = v2.OutcomeErr(struct.pack("<I", len(text)) + text)
            self._answer(message, transaction.timestamp, error_value)

    def _answer(self, message: v2.CallReducer, timestamp: Timestamp, outcome: v2.ReducerOutcome) -> None:
        self._send(v2.ReducerResult(message.request_id, timestamp, outcome))

    def _call_procedure(self, message: v2.CallProcedure) -> None:
        if message.flags != 0:
            raise DecodeError(f"invalid call procedure flag {message.flags}")
        outcome = self._database.procedures.call(
            message.procedure, message.args, sender=self.identity, connection_id=self.connection_id
        )
        status: v2.ProcedureStatus
        if outcome.error is None:
            status = v2.Returned(outcome.bsatn)
        else:
            status = v2.InternalError(outcome.error)
        spent = TimeDuration(outcome.duration_micros)
        self._send(v2.ProcedureResult(status, outcome.timestamp, spent, message.request_id))

    # Subscriptions

    def _subscribe(self, message: v2.Subscribe) -> None:
        query_set_id = message.query_set_id.id
        try:
            rows = self._add_set(query_set_id, message.query_strings)
        except QueryError as error:
            self._send(v2.SubscriptionError(message.request_id, message.query_set_id, error.message))
            return
        self.send(v2_writer.subscribe_applied(message.request_id, query_set_id, rows))

    def _subscribe_batch(self, message: v2.SubscribeBatch) -> None:
        """All sets at one state of the database: nothing commits in between (spec: since-2.8.md)."""
        results: list[tuple[int, bytes | str]] = []
        for item in message.sets:
            try:
                rows: bytes | str = self._add_set(item.query_set_id.id, item.query_strings)
            except QueryError as error:
                rows = error.message
            results.append((item.query_set_id.id, rows))
        self.send(v2_writer.subscribe_batch_applied(message.request_id, results))

    def _add_set(self, query_set_id: int, texts: Sequence[str]) -> bytes:
        """All rows of the set as QueryRows; QueryError where it cannot be had, and nothing has changed then."""
        if self._subscriptions.is_live(self, query_set_id):
            raise QueryError(self._already_live(query_set_id))
        found = self._subscriptions.find(texts, self.identity, events=True)
        self._subscriptions.subscribe(self, query_set_id, found)
        return self._rows_of(query_set_id)

    def _rows_of(self, query_set_id: int) -> bytes:
        queries = self._subscriptions.queries_of(self, query_set_id)
        return v2_writer.query_rows(self._subscriptions.told(queries))

    def _unsubscribe(self, message: v2.Unsubscribe) -> None:
        query_set_id = message.query_set_id.id
        rows = None
        if message.flags is v2.UnsubscribeFlags.SendDroppedRows:
            rows = self._rows_of(query_set_id)
        if self._subscriptions.unsubscribe(self, query_set_id) is None:
            text = self._not_found(query_set_id)
            self._send(v2.SubscriptionError(message.request_id, message.query_set_id, text))
            return
        self.send(v2_writer.unsubscribe_applied(message.request_id, query_set_id, rows))

    def _one_off(self, message: v2.OneOffQuery) -> None:
        try:
            query = self._subscriptions.compile(message.query_string, self.identity)
        except QueryError as error:
            self._send(v2.OneOffQueryResult(message.request_id, Err(str(error))))
            return
        rows = v2_writer.query_rows([RowBatch(query.store, query.rows())])
        self.send(v2_writer.one_off_result(message.request_id, rows))


class V3Session(V2Session):
    """Frames of one or more messages. Those before one that cannot be read are acted on."""

    def receive(self, data: bytes | str) -> None:
        if isinstance(data, str):
            raise DecodeError("text messages belong to v1.json")
        if not data:
            raise DecodeError("an empty frame holds no message")
        position = 0
        while position < len(data):
            message, position = v2.CLIENT_MESSAGE.decode_from(data, position)
            self._act(message)
