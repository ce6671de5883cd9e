"""What the sessions of all protocols share: a client's way in and out, and its frames. Bytes only, no sockets."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter_ns
from typing import Any

from ...errors import DecodeError
from ...protocol.compression import Compression
from ...protocol.messages import v1, v2
from ...types import ConnectionId, Identity
from ..answer_slots import NoAnswerSlot
from ..engine.database import Database
from ..engine.procedures import ProcedureOutcome
from ..errors import QueryError
from ..subscriptions.fan_out import Announcer
from ..subscriptions.registry import Subscriptions
from ..turns import Alone, ClientGone, Share
from ..wire.server_message import MAX_QUEUED_BYTES, OVERHEAD_BYTES, ServerMessage
from .answer_room import AnswerRoom

__all__ = ["LONG_FRAME", "Session", "micros_since"]

# Compressing, or reading, as much takes some milliseconds.
LONG_FRAME = 128 << 10
_LONG = LONG_FRAME
# Of one client's procedures: who asks for more waits in its own socket, with what else it asks for.
_PROCEDURES_AT_ONCE = 32


class Session(ABC):
    """A connection to `database` under `identity`; frames for the client go to `deliver`, in order, those of long answers
    piece by piece to `deliver_pieces`."""

    def __init__(
        self,
        database: Database,
        subscriptions: Subscriptions,
        deliver: Callable[[bytes], None],
        *,
        deliver_pieces: Callable[[Sequence[bytes]], None] | None = None,
        identity: Identity,
        connection_id: ConnectionId,
        token: str,
        compression: Compression = Compression.NONE,
        light: bool = False,
        clock: Callable[[], int],
        share: Share | None = None,
        drop: Callable[[], None] = lambda: None,
        turn_away: Callable[[str], None] = lambda reason: None,
        writable: Callable[[], Awaitable[None]] | None = None,
        beside: Callable[[Callable[[], ServerMessage]], Awaitable[ServerMessage]] | None = None,
    ) -> None:
        self._writable = writable
        self._beside = beside
        # Procedures that run beside the loop, until they are answered.
        self._procedures: set[asyncio.Future[None]] = set()
        # Of the loop's time: a session without a server has it all.
        self.share = share or Alone()
        self._drop = drop
        self._turn_away = turn_away
        # What is kept back while rows of an earlier moment are being found, or what came before it is compressed, for how
        # many such reasons, and how many bytes that are.
        self._held: list[ServerMessage] | None = None
        self._holds = self._held_bytes = 0
        # A long message that is compressed beside the loop, until it is delivered.
        self._compressing: asyncio.Future[None] | None = None
        self.identity = identity
        self.connection_id = connection_id
        self.light = light
        self._database = database
        self._subscriptions = subscriptions
        self._deliver = deliver
        self._deliver_pieces = deliver_pieces or (lambda pieces: deliver(b"".join(pieces)))
        self._token = token
        self._compression = compression
        self._clock = clock

    @property
    @abstractmethod
    def announcer(self) -> Announcer:
        """How this session's protocol tells of commits."""

    @abstractmethod
    def receive(self, data: bytes | str) -> Coroutine[Any, Any, None]:
        """Acts on one frame of the client, in turns with what is done for others, and returns when that is done.
        DecodeError for what is no frame: the connection must be closed with it. ClientGone: the client has left."""

    def receive_now(self, data: bytes | str) -> None:
        """Acts on one frame at once: for a session without other clients."""
        try:
            self.receive(data).send(None)
        except StopIteration:
            return
        raise RuntimeError("a session with a share of a loop's time is to be awaited")

    @abstractmethod
    def _greet(self) -> None:
        """Sends the first message."""

    def open(self) -> None:
        """Runs the connect reducer, then greets. What the reducer raises (ReducerError, ReducerPanic) is a rejection:
        nothing was sent, and `close` must not be called."""
        self._database.connect(self.identity, self.connection_id)
        self._subscriptions.add(self)
        self._greet()

    def close(self) -> None:
        """The client has gone: its subscriptions go, then the disconnect reducer runs."""
        self._subscriptions.remove(self)
        self._database.disconnect(self.identity, self.connection_id)

    def send(self, message: ServerMessage) -> None:
        """Passes a message on, as one frame in the client's compression; after an answer that is on its way."""
        if self._held is None:
            if message.size <= _LONG or not self._is_compressed_aside(message):
                self._deliver(message.frame(self._compression))
            else:
                self._hold()
                self._compressing = asyncio.ensure_future(self._deliver_compressed(message))
            return
        self._held.append(message)
        self._held_bytes += message.size + OVERHEAD_BYTES
        if self._held_bytes > MAX_QUEUED_BYTES:
            self._held.clear()
            self._drop()

    def turn_away(self, reason: str) -> None:
        """Ends the connection, and tells the client why."""
        self._turn_away(reason)

    def _is_compressed_aside(self, message: ServerMessage) -> bool:
        """Whether a long one is to be compressed beside the loop, where there is one."""
        return (
            self._beside is not None
            and message.is_compressed(self._compression)
            and not message.is_made(self._compression)
        )

    async def _deliver_compressed(self, message: ServerMessage) -> None:
        """What comes after it waits."""
        try:
            self._deliver(await self.share.beside_all(lambda: message.frame(self._compression)))
        finally:
            self._compressing = None
            self._release()

    async def pause(self) -> None:
        """Between two messages of one frame: others have their turns, and the client takes what is queued for it."""
        self.share.leave_slot()
        await self.share.checkpoint()
        if self._writable is not None:
            await self._writable()

    async def _run_procedure(
        self,
        message: v1.CallProcedure | v2.CallProcedure,
        answer: Callable[[ProcedureOutcome], ServerMessage],
        *,
        as_json: bool,
    ) -> None:
        """Runs a procedure and writes its answer, beside the loop where there is one: what else the client asks for goes on
        meanwhile, unless it has asked for many, or for one with long arguments, that have not ended. DecodeError for a flag
        there is none of."""
        if message.flags != 0:
            raise DecodeError(f"invalid call procedure flag {message.flags}")
        call = partial(
            self._database.procedures.call,
            message.procedure,
            message.args,
            sender=self.identity,
            connection_id=self.connection_id,
            as_json=as_json,
        )
        if self._beside is None:
            self.send(answer(call()))
            return
        share = self.share.sibling()
        room = AnswerRoom(share)

        def written() -> ServerMessage:
            message = answer(call(room=room))
            message.frame(self._compression)
            return message

        outcome = self._beside(written)

        async def answered() -> None:
            try:
                message = await outcome
                await room.take(message.size)
                self.send(message)
            except (NoAnswerSlot, ClientGone):  # the client has left
                return
            finally:
                share.leave_slot()

        task = asyncio.ensure_future(answered())
        self._procedures.add(task)
        task.add_done_callback(self._procedures.discard)
        if len(message.args) > LONG_FRAME:
            await self.share.apart((task,))
        while len(self._procedures) > _PROCEDURES_AT_ONCE:
            await self.share.apart(tuple(self._procedures))

    def _hold(self) -> None:
        """From here to `_release` what is sent is kept back."""
        if self._held is None:
            self._held, self._held_bytes = [], 0
        self._holds += 1

    def _release(self) -> None:
        self._holds -= 1
        if self._holds == 0 and self._held is not None:
            held, self._held = self._held, None
            for message in held:
                self.send(message)

    @contextmanager
    def _holding(self) -> Iterator[None]:
        """While rows of this moment are being found: what commits mean to the client meanwhile is told after them."""
        self._hold()
        try:
            yield
        finally:
            self._release()

    async def _reply(self, message: ServerMessage) -> None:
        """Passes an answer on, before what is held back. Long ones are compressed beside the loop, or sent in pieces."""
        if self._compressing is not None:
            await asyncio.wait((self._compressing,))
        if message.size > _LONG and message.is_compressed(self._compression):
            self._deliver(await self.share.aside(lambda: message.frame(self._compression)))
        elif message.is_in_pieces:
            self._deliver_pieces(message.pieces())
        else:
            self._deliver(message.frame(self._compression))

    def _refuse_late(self, error: QueryError) -> None:
        """A query was found too expensive after commits may have told the client of its rows: those cannot be taken
        back, so the connection ends."""
        if self._held:
            self._held.clear()
            self._drop()

    def _already_live(self, query_id: int) -> str:
        shown = self._database.compatibility.query_id.format(query_id)
        return f"Subscription with id {shown} already exists for client: {self._shown()}"

    def _not_found(self, query_id: int) -> str:
        shown = self._database.compatibility.query_id.format(query_id)
        return f"Subscription not found: ({self._shown()}, {shown})"

    def _shown(self) -> str:
        return f"(Identity({self.identity}), ConnectionId({self.connection_id}))"


def micros_since(began: int) -> int:
    """Microseconds since `perf_counter_ns` was `began`."""
    return (perf_counter_ns() - began) // 1000
