"""The state of one connection, without I/O: what was asked, and which answer belongs to which question.

state        what may come                        what it leads to
CONNECTING   Connected                            CONNECTED
             Malformed, Closed                    CLOSED (it was never connected)
CONNECTED    Transaction, SubscriptionApplied,
             SubscriptionRefused, Removed, ...    CONNECTED
             Malformed, Closed                    CLOSED (the connection is lost)
CLOSED       nothing                              -
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ..errors import ClientStateError
from ..types import Address, Identity
from .outcomes import (
    Call,
    Closed,
    Connected,
    Malformed,
    Outcome,
    SubscriptionApplied,
    SubscriptionRefused,
    Transaction,
)
from .subprotocol import Payload, SubprotocolCodec

__all__ = ["Connection", "ConnectionState", "PendingCall"]


class ConnectionState(Enum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class PendingCall:
    """A reducer call without an answer yet; `encoded` is how `args` were sent."""

    request_id: int
    reducer_name: str
    args: tuple[Any, ...]
    encoded: Payload


class Connection:
    """Makes the frames to send and pairs what comes with what was sent. Used by one thread at a time."""

    def __init__(self, codecs: Mapping[str, SubprotocolCodec]) -> None:
        self.state = ConnectionState.CONNECTING
        self.was_connected = False
        self.identity: Identity | None = None
        self.connection_id: Address | None = None
        self._codecs = codecs
        self._codec: SubprotocolCodec | None = None
        self._last_request = 0
        self._calls: OrderedDict[int, PendingCall] = OrderedDict()
        self._subscriptions: OrderedDict[int, tuple[str, ...]] = OrderedDict()

    @property
    def pending_calls(self) -> tuple[PendingCall, ...]:
        return tuple(self._calls.values())

    # -- to send -------------------------------------------------------------------------------------------------------

    def call_reducer(self, name: str, args: tuple[Any, ...]) -> Payload:
        """The message of a reducer call, which is pending from now on. EncodeError for arguments that do not fit."""
        codec = self._require_connected(f"call reducer {name!r}")
        encoded = codec.encode_arguments(name, args)
        request_id = self._next_request()
        self._calls[request_id] = PendingCall(request_id, name, args, encoded)
        return codec.call_reducer(name, encoded, request_id)

    def replace_subscription(self, queries: tuple[str, ...]) -> Payload:
        """The message that makes `queries` the whole subscription."""
        codec = self._require_connected("subscribe")
        request_id = self._next_request()
        self._subscriptions[request_id] = queries
        return codec.replace_subscription(list(queries), request_id)

    def _require_connected(self, what: str) -> SubprotocolCodec:
        if self.state is ConnectionState.CONNECTING:
            raise ClientStateError(
                f"cannot {what} before the connection stands: do it in on_connect or later"
            )
        if self.state is ConnectionState.CLOSED:
            raise ClientStateError(f"cannot {what}: the connection is closed, open another one")
        assert self._codec is not None
        return self._codec

    def _next_request(self) -> int:
        self._last_request = self._last_request % 0xFFFFFFFF + 1
        return self._last_request

    # -- received ------------------------------------------------------------------------------------------------------

    def receive(self, outcome: Outcome) -> Outcome:
        """Follow `outcome`; it comes back with what only this connection knows: whether a call was its own."""
        match outcome:
            case Connected(identity, _, connection_id, subprotocol):
                self._codec = self._codecs[subprotocol]
                self.state = ConnectionState.CONNECTED
                self.was_connected = True
                self.identity, self.connection_id = identity, connection_id
            case Transaction(call=Call() as call) if self._is_own(call):
                return replace(outcome, call=self._settle(call))
            case SubscriptionApplied(request_id):
                self._subscriptions.pop(request_id, None)
            case Malformed() | Closed():
                self.state = ConnectionState.CLOSED
        return outcome

    def refused_queries(self, refused: SubscriptionRefused) -> tuple[str, ...]:
        """The queries that were refused; they are pending no more. Empty when they are not known."""
        if refused.request_id is not None:
            return self._subscriptions.pop(refused.request_id, ())
        # 1.x does not say which legacy subscription failed; the server answers them in order.
        return self._subscriptions.popitem(last=False)[1] if self._subscriptions else ()

    def _is_own(self, call: Call) -> bool:
        return call.caller_identity == self.identity and call.caller_address == self.connection_id

    def _settle(self, call: Call) -> Call:
        pending = self._calls.pop(call.request_id, None) or self._oldest_like(call)
        if pending is None:
            return replace(call, own=True)
        self._calls.pop(pending.request_id, None)
        return replace(call, own=True, args=list(pending.args), request_id=pending.request_id)

    def _oldest_like(self, call: Call) -> PendingCall | None:
        """The call that a failure without a request id answers: 1.x sends none (spec: observed.md)."""
        if call.request_id != 0:
            return None
        same = [p for p in self._calls.values() if p.reducer_name == call.reducer_name]
        exact = [p for p in same if p.encoded == call.encoded]
        return next(iter(exact or same), None)
