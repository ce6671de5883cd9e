"""What the sessions of all protocols share: a client's way in and out, and its frames. Bytes only, no sockets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from time import perf_counter_ns

from ...protocol.compression import Compression
from ...types import ConnectionId, Identity
from ..engine.database import Database
from ..subscriptions.fan_out import Announcer
from ..subscriptions.registry import Subscriptions
from ..wire.server_message import ServerMessage

__all__ = ["Session", "micros_since"]


class Session(ABC):
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

    @property
    @abstractmethod
    def announcer(self) -> Announcer:
        """How this session's protocol tells of commits."""

    @abstractmethod
    def receive(self, data: bytes | str) -> None:
        """Acts on one frame of the client. DecodeError for what is none: the connection must be closed with it."""

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
        """Passes a message on, as one frame in the client's compression."""
        self._deliver(message.frame(self._compression))

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
