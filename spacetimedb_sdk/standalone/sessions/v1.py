"""One v1 client: its messages in, what they are answered with out (spec: websocket.md section 4)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cache, partial
from time import perf_counter_ns

from ...errors import DecodeError
from ...protocol.messages import v1
from ...sats.json.decoding import JsonDecoder, json_decoder, parse_json
from ...types import TimeDuration, Timestamp
from ..engine.arguments import arguments_of
from ..engine.calls import ReducerCall, Transaction
from ..engine.procedures import ProcedureOutcome
from ..errors import CallRefused, QueryError
from ..subscriptions.fan_out import V1Announcer
from ..subscriptions.query_index import SharedQuery
from ..wire.parts import Part
from ..wire.row_batch import RowBatch
from ..wire.server_message import ServerMessage
from ..wire.v1_writer import V1Writer
from .session import LONG_FRAME, Session, micros_since

__all__ = ["V1BsatnSession", "V1JsonSession", "V1Session"]

_NO_REDUCER = 0xFFFFFFFF
# JSON is parsed in one go, which nothing can interrupt: as much takes some tens of milliseconds.
MAX_JSON_CHARACTERS = 4 << 20


@cache
def _json_decoder() -> JsonDecoder:
    return json_decoder(v1.JSON_SPACE, v1.JSON_CLIENT_MESSAGE)


def _decoded(data: bytes | str) -> v1.ClientMessage:
    message: v1.ClientMessage
    if isinstance(data, str):
        message = _json_decoder()(parse_json(data, strict=True))
    else:
        message, _ = v1.CLIENT_MESSAGE.decode_from(data, 0)
    return message


class V1Session(Session):
    """Understands binary and text frames whichever v1 protocol was agreed on, and answers in that one."""

    @property
    @abstractmethod
    def announcer(self) -> V1Announcer: ...

    @property
    def _writer(self) -> V1Writer:
        return self.announcer.writer

    def _greet(self) -> None:
        self._send(v1.IdentityToken(self.identity, self._token, self.connection_id))

    def _send(self, message: v1.ServerMessage) -> None:
        self.send(self._writer.message(message))

    def _send_now(self, message: v1.ServerMessage) -> None:
        """Before what is held back."""
        self._deliver(self._writer.message(message).frame(self._compression))

    async def receive(self, data: bytes | str) -> None:
        if isinstance(data, str) and len(data) > MAX_JSON_CHARACTERS:
            raise DecodeError(f"a text message has {MAX_JSON_CHARACTERS} characters at most: use v1.bsatn")
        if len(data) > LONG_FRAME:
            message = await self.share.aside(lambda: _decoded(data))
        else:
            message = _decoded(data)
        match message:
            case v1.CallReducer():
                await self._call(message)
            case v1.Subscribe():
                await self._subscribe_legacy(message)
            case v1.SubscribeSingle():
                await self._subscribe(message, [message.query])
            case v1.SubscribeMulti():
                await self._subscribe(message, message.query_strings)
            case v1.Unsubscribe() | v1.UnsubscribeMulti():
                await self._unsubscribe(message)
            case v1.OneOffQuery():
                await self._one_off(message)
            case v1.CallProcedure():
                await self._run_procedure(
                    message, partial(self._outcome, message), as_json=self._writer.is_json
                )

    # Reducers

    async def _call(self, message: v1.CallReducer) -> None:
        if message.flags not in (0, 1):
            raise DecodeError(f"invalid call reducer flag {message.flags}")
        try:
            transaction = self._database.call_encoded(
                await arguments_of(self._database, message.reducer, message.args, self.share),
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
            tail = self._writer.transaction_tail(transaction, message.request_id if names_call else 0)
            self.send(self._writer.failed(transaction.error, tail))

    def _send_failed(self, text: str, reducer: str, reducer_id: int) -> None:
        """A failure before anything ran: request id 0, no arguments."""
        call = ReducerCall(reducer, reducer_id, b"", self.identity, self.connection_id)
        tail = self._writer.transaction_tail(Transaction(call, Timestamp(self._clock()), 0), 0)
        self.send(self._writer.failed(text, tail))

    def _outcome(self, message: v1.CallProcedure, outcome: ProcedureOutcome) -> ServerMessage:
        status: v1.ProcedureStatus
        if outcome.error is None:
            status = self._writer.returned(outcome)
        else:
            status = v1.InternalError(outcome.error)
        spent = TimeDuration(outcome.duration_micros)
        return self._writer.message(v1.ProcedureResult(status, outcome.timestamp, spent, message.request_id))

    # Subscriptions

    async def _subscribe_legacy(self, message: v1.Subscribe) -> None:
        began = perf_counter_ns()
        compatibility = self._database.compatibility
        try:
            queries = await self._subscriptions.find(message.query_strings, self.identity, self.share)
            queries = self._subscriptions.replace_legacy(self, queries)
        except QueryError as error:
            if compatibility.failed_update_errors:
                text = f"{error.message}: {error.reason}"
                self._send_failed(text, compatibility.no_reducer_name, _NO_REDUCER)
            else:
                self._send_error(began, message.request_id, None, error)
            return
        with self._holding():
            try:
                update = self._writer.database_update(await self._rows(queries, deleted=False))
            except QueryError as error:
                self._subscriptions.replace_legacy(self, ())
                self._refuse_late(error)
                self._send_now(self._error(began, message.request_id, None, error))
                return
            await self._reply(
                self._writer.initial_subscription(update, message.request_id, micros_since(began))
            )

    async def _subscribe(self, message: v1.SubscribeSingle | v1.SubscribeMulti, texts: Sequence[str]) -> None:
        began = perf_counter_ns()
        query_id = message.query_id.id
        compatibility = self._database.compatibility
        if self._subscriptions.is_live(self, query_id):
            text = self._already_live(query_id)
            if compatibility.failed_update_errors:
                self._send_failed(text, compatibility.no_reducer_name, _NO_REDUCER)
            else:
                self._send_error(began, message.request_id, query_id, QueryError(text))
            return
        try:
            queries = await self._subscriptions.find(texts, self.identity, self.share)
            if isinstance(message, v1.SubscribeSingle) and len(queries) != 1:
                text = "`SELECT * FROM *` needs SubscribeMulti"
                raise QueryError(f"{text}, executing: `{message.query.strip()}`")
            added = self._subscriptions.subscribe(self, query_id, queries)
        except QueryError as error:
            self._send_error(began, message.request_id, query_id, error)
            return
        with self._holding():
            try:
                if isinstance(message, v1.SubscribeSingle):
                    listed = queries[0] if added else None
                    answer = await self._single("SubscribeApplied", message, began, queries[0], listed)
                else:
                    answer = await self._multi("SubscribeMultiApplied", message, began, added)
            except QueryError as error:
                self._subscriptions.unsubscribe(self, query_id)
                self._refuse_late(error)
                self._send_now(self._error(began, message.request_id, query_id, error))
                return
            await self._reply(answer)

    async def _unsubscribe(self, message: v1.Unsubscribe | v1.UnsubscribeMulti) -> None:
        began = perf_counter_ns()
        query_id = message.query_id.id
        asked = self._subscriptions.queries_of(self, query_id)
        dropped = self._subscriptions.unsubscribe(self, query_id)
        if dropped is None:
            error = QueryError(self._not_found(query_id))
            self._send_error(began, message.request_id, query_id, error)
            return
        with self._holding():
            try:
                if isinstance(message, v1.Unsubscribe) and len(asked) == 1:
                    listed = asked[0] if dropped else None
                    answer = await self._single("UnsubscribeApplied", message, began, asked[0], listed)
                else:
                    answer = await self._multi("UnsubscribeMultiApplied", message, began, dropped)
            except QueryError as error:  # it ends all the same; which rows go with it is too much to say
                self._send_now(self._error(began, message.request_id, query_id, error))
                return
            await self._reply(answer)

    async def _multi(
        self,
        kind: str,
        message: v1.SubscribeMulti | v1.Unsubscribe | v1.UnsubscribeMulti,
        began: int,
        queries: Sequence[SharedQuery],
    ) -> ServerMessage:
        deleted = kind == "UnsubscribeMultiApplied"
        update = self._writer.database_update(await self._rows(queries, deleted=deleted))
        return self._writer.applied_multi(
            kind, message.request_id, micros_since(began), message.query_id.id, update
        )

    async def _single(
        self,
        kind: str,
        message: v1.SubscribeSingle | v1.Unsubscribe,
        began: int,
        query: SharedQuery,
        listed: SharedQuery | None,
    ) -> ServerMessage:
        """The answer about one query; without rows where the client has them by another id."""
        rows, updates = 0, list[Part]()
        if listed is not None:
            batch = await self._subscriptions.current(listed, self.share, self._writer.steps)
            rows, updates = len(batch), [self._update(batch, deleted=kind == "UnsubscribeApplied")]
        store = query.store
        table = self._writer.table_update(store.table_id, store.name, rows, updates)
        head = (kind, message.request_id, micros_since(began), message.query_id.id)
        return self._writer.applied_single(*head, store.table_id, store.name, table)

    async def _rows(self, queries: Sequence[SharedQuery], *, deleted: bool) -> list[Part]:
        """A TableUpdate for each query."""
        tables = []
        for batch in await self._subscriptions.initial_rows(queries, self.share, self._writer.steps):
            updates = [self._update(batch, deleted=deleted)]
            head = (batch.store.table_id, batch.store.name, len(batch))
            tables.append(self._writer.table_update(*head, updates))
            await self.share.checkpoint()
        return tables

    def _update(self, batch: RowBatch, *, deleted: bool) -> Part:
        return self._writer.query_update(*((batch, None) if deleted else (None, batch)))

    async def _one_off(self, message: v1.OneOffQuery) -> None:
        began = perf_counter_ns()
        try:
            query = await self._subscriptions.compile(message.query_string, self.identity, self.share)
            batch = await self._subscriptions.once(query, self.share, self._writer.steps)
        except QueryError as error:
            spent = TimeDuration(micros_since(began))
            self._send(v1.OneOffQueryResponse(message.message_id, str(error), [], spent))
            return
        head = (message.message_id, query.store.name, batch)
        await self._reply(self._writer.one_off_response(*head, micros_since(began)))

    def _error(
        self, began: int, request_id: int, query_id: int | None, error: QueryError
    ) -> v1.SubscriptionError:
        return v1.SubscriptionError(micros_since(began), request_id, query_id, None, error.message)

    def _send_error(self, began: int, request_id: int, query_id: int | None, error: QueryError) -> None:
        self._send(self._error(began, request_id, query_id, error))


class V1BsatnSession(V1Session):
    @property
    def announcer(self) -> V1Announcer:
        return self._subscriptions.v1_bsatn


class V1JsonSession(V1Session):
    @property
    def announcer(self) -> V1Announcer:
        return self._subscriptions.v1_json
