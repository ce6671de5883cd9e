"""One client of v2 or v3: its messages in, what they are answered with out (spec: websocket.md sections 5 and 6)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import partial

from ...errors import DecodeError
from ...protocol.messages import v2
from ...types import Err, TimeDuration, Timestamp
from ..engine.arguments import arguments_of
from ..engine.procedures import ProcedureOutcome
from ..errors import CallRefused, QueryError
from ..subscriptions.fan_out import V2Announcer
from ..subscriptions.query_index import SharedQuery
from ..wire import v2_writer
from ..wire.parts import Part
from ..wire.row_batch import RowBatch
from ..wire.server_message import ServerMessage
from .session import LONG_FRAME, Session

__all__ = ["V2Session", "V3Session"]

# The messages that can hold many texts, by their tags; as many as this are read in about a millisecond.
_SUBSCRIBE, _SUBSCRIBE_BATCH = 0, 5
_MANY = 2_000


def _is_long(data: bytes, position: int) -> bool:
    """Whether the message there can take long to read: a Subscribe of many queries, or a SubscribeBatch."""
    if len(data) - position <= LONG_FRAME:
        return False
    tag = data[position]
    return tag == _SUBSCRIBE_BATCH or (
        tag == _SUBSCRIBE and int.from_bytes(data[position + 9 : position + 13], "little") > _MANY
    )


class V2Session(Session):
    """One message per frame."""

    @property
    def announcer(self) -> V2Announcer:
        return self._subscriptions.v2

    def _greet(self) -> None:
        self._send(v2.InitialConnection(self.identity, self.connection_id, self._token))

    def _send(self, message: v2.ServerMessage) -> None:
        self.send(v2_writer.message(message))

    async def receive(self, data: bytes | str) -> None:
        if isinstance(data, str):
            raise DecodeError("text messages belong to v1.json")
        message, _ = await self._decoded(data, 0)
        await self._act(message)

    async def _decoded(self, data: bytes, position: int) -> tuple[v2.ClientMessage, int]:
        """The message at `position`, and where it ends. A long one is read beside the loop."""
        if _is_long(data, position):
            return await self.share.aside(lambda: v2.CLIENT_MESSAGE.decode_from(data, position))
        return v2.CLIENT_MESSAGE.decode_from(data, position)

    async def _act(self, message: v2.ClientMessage) -> None:
        match message:
            case v2.CallReducer():
                await self._call(message)
            case v2.Subscribe():
                await self._subscribe(message)
            case v2.Unsubscribe():
                await self._unsubscribe(message)
            case v2.OneOffQuery():
                await self._one_off(message)
            case v2.CallProcedure():
                await self._run_procedure(message, partial(self._outcome, message), as_json=False)
            case v2.SubscribeBatch():
                await self._subscribe_batch(message)

    # Reducers

    async def _call(self, message: v2.CallReducer) -> None:
        if message.flags != 0:
            raise DecodeError(f"invalid call reducer flag {message.flags}")
        try:
            transaction = self._database.call_encoded(
                await arguments_of(self._database, message.reducer, message.args, self.share),
                sender=self.identity,
                connection_id=self.connection_id,
                request_id=message.request_id,
            )
        except CallRefused as error:
            self._answer(message, Timestamp(self._clock()), v2.OutcomeInternalError(error.message))
            return
        if transaction.error is None:
            return  # answered with the commit
        if transaction.panicked:
            self._answer(message, transaction.timestamp, v2.OutcomeInternalError(transaction.error))
        else:
            text = transaction.error.encode()
            error_value = v2.OutcomeErr(struct.pack("<I", len(text)) + text)
            self._answer(message, transaction.timestamp, error_value)

    def _answer(self, message: v2.CallReducer, timestamp: Timestamp, outcome: v2.ReducerOutcome) -> None:
        self._send(v2.ReducerResult(message.request_id, timestamp, outcome))

    def _outcome(self, message: v2.CallProcedure, outcome: ProcedureOutcome) -> ServerMessage:
        status: v2.ProcedureStatus
        if outcome.error is None:
            status = v2.Returned(outcome.bsatn)
        else:
            status = v2.InternalError(outcome.error)
        spent = TimeDuration(outcome.duration_micros)
        return v2_writer.message(v2.ProcedureResult(status, outcome.timestamp, spent, message.request_id))

    # Subscriptions

    async def _subscribe(self, message: v2.Subscribe) -> None:
        number = message.query_set_id.id
        try:
            found = await self._find(number, message.query_strings)
            queries = self._add_set(number, found)
        except QueryError as error:
            self._send(v2.SubscriptionError(message.request_id, message.query_set_id, error.message))
            return
        with self._holding():
            try:
                rows = await self._rows_of(queries)
            except QueryError as error:
                self._subscriptions.unsubscribe(self, number)
                self._refuse_late(error)
                refused = v2.SubscriptionError(message.request_id, message.query_set_id, error.message)
                await self._reply(v2_writer.message(refused))
                return
            await self._reply(v2_writer.subscribe_applied(message.request_id, number, rows))

    async def _subscribe_batch(self, message: v2.SubscribeBatch) -> None:
        """All sets at one state of the database (spec: since-2.8.md)."""
        found: list[tuple[SharedQuery, ...] | QueryError] = []
        for item in message.sets:
            try:
                found.append(await self._find(item.query_set_id.id, item.query_strings))
            except QueryError as error:
                found.append(error)
        # From here to where the rows are being found nothing else happens.
        added: list[tuple[int, tuple[SharedQuery, ...] | QueryError]] = []
        for item, queries in zip(message.sets, found, strict=True):
            number = item.query_set_id.id
            if not isinstance(queries, QueryError):
                try:
                    queries = self._add_set(number, queries)
                except QueryError as error:
                    queries = error
            added.append((number, queries))
        begun = [() if isinstance(queries, QueryError) else queries for _, queries in added]
        with self._holding():
            try:
                batches = await self._subscriptions.initial_rows_of_sets(
                    begun, self.share, RowBatch.bsatn_steps
                )
            except QueryError as error:
                for number, queries in added:
                    if not isinstance(queries, QueryError):
                        self._subscriptions.unsubscribe(self, number)
                self._refuse_late(error)
                refused = [(number, error.message) for number, _ in added]
                await self._reply(v2_writer.subscribe_batch_applied(message.request_id, refused))
                return
            results = [
                (number, queries.message if isinstance(queries, QueryError) else v2_writer.query_rows(rows))
                for (number, queries), rows in zip(added, batches, strict=True)
            ]
            await self._reply(v2_writer.subscribe_batch_applied(message.request_id, results))

    async def _find(self, query_set_id: int, texts: Sequence[str]) -> tuple[SharedQuery, ...]:
        """The queries of a set; QueryError where it cannot be had."""
        if self._subscriptions.is_live(self, query_set_id):
            raise QueryError(self._already_live(query_set_id))
        return await self._subscriptions.find(texts, self.identity, self.share, events=True)

    def _add_set(self, query_set_id: int, queries: tuple[SharedQuery, ...]) -> tuple[SharedQuery, ...]:
        """Subscribes; returns the queries as they are shared. QueryError where it cannot be, and nothing has changed."""
        if self._subscriptions.is_live(self, query_set_id):
            raise QueryError(self._already_live(query_set_id))
        self._subscriptions.subscribe(self, query_set_id, queries)
        return self._subscriptions.queries_of(self, query_set_id)

    async def _rows_of(self, queries: Sequence[SharedQuery]) -> Part:
        """All rows of the queries as QueryRows."""
        batches = await self._subscriptions.initial_rows(queries, self.share, RowBatch.bsatn_steps)
        return v2_writer.query_rows(batches)

    async def _unsubscribe(self, message: v2.Unsubscribe) -> None:
        number = message.query_set_id.id
        asked = self._subscriptions.queries_of(self, number)
        if self._subscriptions.unsubscribe(self, number) is None:
            text = self._not_found(number)
            self._send(v2.SubscriptionError(message.request_id, message.query_set_id, text))
            return
        rows = None
        with self._holding():
            if message.flags is v2.UnsubscribeFlags.SendDroppedRows:
                try:
                    rows = await self._rows_of(asked)
                except QueryError as error:  # it ends all the same; which rows go with it is too much to say
                    refused = v2.SubscriptionError(message.request_id, message.query_set_id, error.message)
                    await self._reply(v2_writer.message(refused))
                    return
            await self._reply(v2_writer.unsubscribe_applied(message.request_id, number, rows))

    async def _one_off(self, message: v2.OneOffQuery) -> None:
        try:
            query = await self._subscriptions.compile(message.query_string, self.identity, self.share)
            batch = await self._subscriptions.once(query, self.share, RowBatch.bsatn_steps)
        except QueryError as error:
            self._send(v2.OneOffQueryResult(message.request_id, Err(str(error))))
            return
        await self._reply(v2_writer.one_off_result(message.request_id, v2_writer.query_rows([batch])))


class V3Session(V2Session):
    """Frames of one or more messages. Those before one that cannot be read are acted on."""

    async def receive(self, data: bytes | str) -> None:
        if isinstance(data, str):
            raise DecodeError("text messages belong to v1.json")
        if not data:
            raise DecodeError("an empty frame holds no message")
        position = 0
        while position < len(data):
            message, position = await self._decoded(data, position)
            await self._act(message)
            if position < len(data):
                await self.pause()
