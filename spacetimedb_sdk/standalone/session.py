"""One v1 client: its messages in, what they are answered with out. Bytes only, no sockets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any

from ..errors import DecodeError
from ..protocol import v1_messages as v1
from ..protocol.compression import Compression
from ..types import ConnectionId, Identity, TimeDuration, Timestamp
from . import v1_writer
from .database import Database, ReducerCall, Transaction
from .errors import CallRefused, QueryError
from .outgoing import Outgoing
from .subscriptions import SharedQuery, Subscriptions

__all__ = ["Session"]

_NO_REDUCER = 0xFFFFFFFF


class Session:
    """A connection to `database` under `identity`; frames for the client go to `deliver`, in order."""

    def __init__(
        self,
        database: Database,
        subscriptions: Subscriptions,
        deliver: Callable[[bytes], None],
        *,
        identity: Identity,
        connection_id: ConnectionId,
        token: str,
        compression: Compression = Compression.NONE,
        light: bool = False,
        clock: Callable[[], int],
    ) -> None:
        self.identity = identity
        self.connection_id = connection_id
        self.light = light
        self._database = database
        self._subscriptions = subscriptions
        self._deliver = deliver
        self._token = token
        self._compression = compression
        self._clock = clock

    def open(self) -> None:
        """Runs the connect reducer, then greets. What the reducer raises (ReducerError, ReducerPanic) is a rejection:
        nothing was sent, and `close` must not be called."""
        self._database.connect(self.identity, self.connection_id)
        self._subscriptions.add(self)
        self._send(v1.IdentityToken(self.identity, self._token, self.connection_id))

    def close(self) -> None:
        """The client has gone: its subscriptions go, then the disconnect reducer runs."""
        self._subscriptions.remove(self)
        self._database.disconnect(self.identity, self.connection_id)

    def send(self, message: Outgoing) -> None:
        """Passes a message on, as one frame in the client's compression."""
        self._deliver(message.frame(self._compression))

    def _send(self, message: v1.ServerMessage) -> None:
        self.send(Outgoing(v1.SERVER_MESSAGE.encode(message)))

    def receive(self, data: bytes) -> None:
        """Acts on one client message. DecodeError for bytes that are none: the connection must be closed with it."""
        message, _ = v1.CLIENT_MESSAGE.decode_from(data, 0)
        match message:
            case v1.CallReducer():
                self._call(message)
            case v1.Subscribe():
                self._subscribe_legacy(message)
            case v1.SubscribeSingle():
                self._subscribe(message, [message.query])
            case v1.SubscribeMulti():
                self._subscribe(message, message.query_strings)
            case v1.Unsubscribe() | v1.UnsubscribeMulti():
                self._unsubscribe(message)
            case v1.OneOffQuery():
                self._one_off(message)
            case v1.CallProcedure():
                refused = v1.InternalError("No such procedure")
                zero = TimeDuration(0)
                self._send(v1.ProcedureResult(refused, Timestamp(self._clock()), zero, message.request_id))

    # Reducers

    def _call(self, message: v1.CallReducer) -> None:
        if message.flags not in (0, 1):
            raise DecodeError(f"invalid call reducer flag {message.flags}")
        try:
            transaction = self._database.call_encoded(
                message.reducer,
                message.args,
                sender=self.identity,
                connection_id=self.connection_id,
                request_id=message.request_id,
                notify_success=message.flags == 0,
            )
        except CallRefused as error:
            self._send_failed(error.message, message.reducer, error.reducer_id)
            return
        if transaction.error is not None and message.flags == 0:
            names_call = self._database.compatibility.names_failed_caller
            tail = v1_writer.transaction_tail(transaction, message.request_id if names_call else 0)
            self.send(Outgoing(v1_writer.transaction_update_failed(transaction.error, tail)))

    def _send_failed(self, text: str, reducer: str, reducer_id: int) -> None:
        """A failure before anything ran: request id 0, no arguments."""
        call = ReducerCall(reducer, reducer_id, b"", self.identity, self.connection_id)
        tail = v1_writer.transaction_tail(Transaction(call, Timestamp(self._clock()), 0), 0)
        self.send(Outgoing(v1_writer.transaction_update_failed(text, tail)))

    # Subscriptions

    def _subscribe_legacy(self, message: v1.Subscribe) -> None:
        began = perf_counter_ns()
        try:
            queries = self._subscriptions.find(message.query_strings, self.identity)
        except QueryError as error:
            compatibility = self._database.compatibility
            if compatibility.failed_update_errors:
                text = f"{error.message}: {error.reason}"
                self._send_failed(text, compatibility.no_reducer_name, _NO_REDUCER)
            else:
                self._send_error(began, message.request_id, None, error)
            return
        queries = self._subscriptions.replace_legacy(self, queries)
        update = v1_writer.database_update(self._rows(queries, deleted=False))
        self.send(Outgoing(v1_writer.initial_subscription(update, message.request_id, _micros(began))))

    def _subscribe(self, message: v1.SubscribeSingle | v1.SubscribeMulti, texts: Sequence[str]) -> None:
        began = perf_counter_ns()
        query_id = message.query_id.id
        compatibility = self._database.compatibility
        if self._subscriptions.is_live(self, query_id):
            shown = compatibility.query_id.format(query_id)
            text = f"Subscription with id {shown} already exists for client: {self._shown()}"
            if compatibility.failed_update_errors:
                self._send_failed(text, compatibility.no_reducer_name, _NO_REDUCER)
            else:
                self._send_error(began, message.request_id, query_id, QueryError(text))
            return
        try:
            queries = self._subscriptions.find(texts, self.identity)
            if isinstance(message, v1.SubscribeSingle) and len(queries) != 1:
                text = "`SELECT * FROM *` needs SubscribeMulti"
                raise QueryError(f"{text}, executing: `{message.query.strip()}`")
        except QueryError as error:
            self._send_error(began, message.request_id, query_id, error)
            return
        added = self._subscriptions.subscribe(self, query_id, queries)
        if isinstance(message, v1.SubscribeSingle):
            self._send_single(5, message, began, queries[0], queries[0] if added else None)
        else:
            update = v1_writer.database_update(self._rows(added, deleted=False))
            self.send(
                Outgoing(v1_writer.applied_multi(8, message.request_id, _micros(began), query_id, update))
            )

    def _unsubscribe(self, message: v1.Unsubscribe | v1.UnsubscribeMulti) -> None:
        began = perf_counter_ns()
        query_id = message.query_id.id
        asked = self._subscriptions.queries_of(self, query_id)
        dropped = self._subscriptions.unsubscribe(self, query_id)
        if dropped is None:
            shown = self._database.compatibility.query_id.format(query_id)
            error = QueryError(f"Subscription not found: ({self._shown()}, {shown})")
            self._send_error(began, message.request_id, query_id, error)
        elif isinstance(message, v1.Unsubscribe) and len(asked) == 1:
            self._send_single(6, message, began, asked[0], asked[0] if dropped else None)
        else:
            update = v1_writer.database_update(self._rows(dropped, deleted=True))
            self.send(
                Outgoing(v1_writer.applied_multi(9, message.request_id, _micros(began), query_id, update))
            )

    def _send_single(
        self,
        tag: int,
        message: v1.SubscribeSingle | v1.Unsubscribe,
        began: int,
        query: SharedQuery,
        listed: SharedQuery | None,
    ) -> None:
        """SubscribeApplied or UnsubscribeApplied; without rows where the client has them by another id."""
        count, update = 0, b""
        if listed is not None:
            count, update = self._query_update(listed, deleted=tag == 6)
        table = v1_writer.table_update(query.table_id, query.table_name, count, [update] if listed else [])
        head = (tag, message.request_id, _micros(began), message.query_id.id)
        self.send(Outgoing(v1_writer.applied_single(*head, query.table_id, query.table_name, table)))

    def _rows(self, queries: Sequence[SharedQuery], *, deleted: bool) -> list[bytes]:
        """A TableUpdate for each query that matches any row."""
        tables = []
        for query in queries:
            count, update = self._query_update(query, deleted=deleted)
            if count:
                tables.append(v1_writer.table_update(query.table_id, query.table_name, count, [update]))
        return tables

    def _query_update(self, query: SharedQuery, *, deleted: bool) -> tuple[int, bytes]:
        count, rows = query.current(self._subscriptions.version)
        empty = v1_writer.EMPTY_ROW_LIST
        return count, v1_writer.query_update(rows, empty) if deleted else v1_writer.query_update(empty, rows)

    def _one_off(self, message: v1.OneOffQuery) -> None:
        began = perf_counter_ns()
        try:
            query = self._subscriptions.compile(message.query_string, self.identity)
        except QueryError as error:
            spent = TimeDuration(_micros(began))
            self._send(v1.OneOffQueryResponse(message.message_id, str(error), [], spent))
            return
        store: Any = query.store
        rows = v1_writer.row_list([store.encoded(row) for row in query.select(store.rows())])
        tables = [(store.name, rows)]
        self.send(Outgoing(v1_writer.one_off_response(message.message_id, tables, _micros(began))))

    def _send_error(self, began: int, request_id: int, query_id: int | None, error: QueryError) -> None:
        self._send(v1.SubscriptionError(_micros(began), request_id, query_id, None, error.message))

    def _shown(self) -> str:
        return f"(Identity({self.identity}), ConnectionId({self.connection_id}))"


def _micros(began: int) -> int:
    return (perf_counter_ns() - began) // 1000
