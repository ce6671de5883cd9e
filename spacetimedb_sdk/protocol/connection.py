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
from contextlib import suppress
from enum import Enum
from itertools import chain, repeat
from typing import Any, TypeAlias

from ..errors import ClientStateError, EncodeError, ProtocolError, RequestFailedError
from ..sats.bsatn.codec import BAD_VALUE
from ..types import Address, Identity
from .codecs.subprotocol import CallEncoder, Payload, SubprotocolCodec
from .outcomes import (
    Call,
    Closed,
    Connected,
    Malformed,
    Outcome,
    ProcedureReturned,
    SubscriptionApplied,
    SubscriptionRefused,
    Transaction,
)

__all__ = ["AskedCall", "Connection", "ConnectionState"]

REQUEST_IDS = range(1, 1 << 32)
# A reducer call without an answer: its name, its arguments, and what waits for the answer, None where nothing does.
AskedCall: TypeAlias = tuple[str, tuple[Any, ...], Any]


class ConnectionState(Enum):
    """RECONNECTING is a client's: it has lost a connection and will open another."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class Connection:
    """Makes the messages to send and pairs what comes with what was sent. Used by one thread at a time.

    Any thread may call a reducer without waiting for another: `encoders` has what makes the calls of each, for as long as
    the connection stands; `calls` takes what was called by its request id, which is one of `request_ids`.
    """

    def __init__(self, codecs: Mapping[str, SubprotocolCodec]) -> None:
        self.state = ConnectionState.CONNECTING
        self.was_connected = False
        self.identity: Identity | None = None
        self.connection_id: Address | None = None
        self._codecs = codecs
        self._codec: SubprotocolCodec | None = None
        self.encoders: dict[str, CallEncoder] = {}
        self.calls: dict[int, AskedCall] = {}
        self.request_ids = chain.from_iterable(repeat(REQUEST_IDS))
        self._procedure_calls: dict[int, str] = {}
        self._subscribing: OrderedDict[int, tuple[str, ...]] = OrderedDict()

    # -- to send -------------------------------------------------------------------------------------------------------

    @property
    def replaces_in_one_step(self) -> bool:
        return self._codec is not None and self._codec.replaces_in_one_step

    @property
    def subprotocol(self) -> str:
        """What is spoken; empty before the connection stands."""
        return "" if self._codec is None else self._codec.subprotocol

    @property
    def tells_of_all_calls(self) -> bool:
        """Whether the server tells which reducer calls of other clients changed rows: v1 does."""
        return self._codec is not None and self._codec.replaces_in_one_step

    def reducer_encoder(self, name: str) -> CallEncoder:
        """What makes the calls of a reducer that the bindings know; from then on it is among `encoders`."""
        codec = self._require_connected("call reducer", name)
        encoder = self.encoders[name] = codec.reducer_encoder(name)
        return encoder

    def explain_arguments(self, name: str, args: tuple[Any, ...]) -> None:
        """EncodeError where `args` do not fit."""
        self._require_connected("call reducer", name).encode_arguments(name, args)

    def call_procedure(self, name: str, args: tuple[Any, ...]) -> tuple[int, Payload]:
        codec = self._require_connected("call procedure", name)
        request_id = next(self.request_ids)
        payload = codec.call_procedure(name, args, request_id)
        self._procedure_calls[request_id] = name
        return request_id, payload

    def one_off_query(self, query: str) -> tuple[int, Payload]:
        codec = self._require_connected("query")
        request_id = next(self.request_ids)
        return request_id, codec.one_off_query(query, request_id)

    def replace_subscription(self, queries: tuple[str, ...]) -> tuple[int, Payload]:
        """The v1 message that makes `queries` the whole of the set that has no id."""
        codec = self._require_connected("subscribe")
        request_id = next(self.request_ids)
        self._subscribing[request_id] = queries
        return request_id, codec.replace_subscription(list(queries), request_id)

    def subscribe(self, queries: tuple[str, ...]) -> tuple[int, Payload]:
        """A set of its own, whose id is the request's."""
        codec = self._require_connected("subscribe")
        request_id = next(self.request_ids)
        self._subscribing[request_id] = queries
        return request_id, codec.subscribe(list(queries), request_id, request_id)

    def unsubscribe(self, query_id: int) -> tuple[int, Payload]:
        codec = self._require_connected("unsubscribe")
        request_id = next(self.request_ids)
        return request_id, codec.unsubscribe(request_id, query_id)

    def _require_connected(self, what: str, name: str = "") -> SubprotocolCodec:
        if self.state is ConnectionState.CONNECTED and self._codec is not None:
            return self._codec
        what = f"{what} {name!r}" if name else what
        if self.state is ConnectionState.CONNECTING:
            raise ClientStateError(
                f"cannot {what} before the connection stands: do it in on_connect or later"
            )
        raise ClientStateError(f"cannot {what}: the connection is closed, open another one")

    # -- received ------------------------------------------------------------------------------------------------------

    def receive(self, outcome: Outcome) -> Outcome:
        """Follow `outcome`; it comes back with what only this connection knows, filled in: whose call it was."""
        if isinstance(outcome, Connected) and self.was_connected:
            outcome = Malformed(ProtocolError("the server greeted twice over one connection"))
        match outcome:
            case Connected(identity, _, connection_id, subprotocol):
                self._codec = self._codecs[subprotocol]
                self.state = ConnectionState.CONNECTED
                self.was_connected = True
                self.identity, self.connection_id = identity, connection_id
            case Transaction(call=Call() as call) if call.own or self._is_own(call):
                self._settle(call)
            case SubscriptionApplied(request_id):
                self._subscribing.pop(request_id, None)
            case Malformed() | Closed():
                self.state = ConnectionState.CLOSED
                self.encoders = {}
        return outcome

    def returned(self, outcome: ProcedureReturned) -> Any:
        """The value a procedure returned. RequestFailedError with the server's text, DecodeError for another type.

        ProtocolError for the answer to a call that was never made.
        """
        name = self._procedure_calls.pop(outcome.request_id, None)
        if name is None:
            raise ProtocolError(
                f"the server answered procedure call {outcome.request_id}, which was never made"
            )
        if outcome.error is not None or outcome.value is None:
            raise RequestFailedError(f"procedure {name}", outcome.error or "no value")
        assert self._codec is not None
        return self._codec.decode_return(name, outcome.value)

    def refused(self, outcome: SubscriptionRefused) -> tuple[int | None, tuple[str, ...]]:
        """The request that was refused and its queries; None and nothing when it is not known."""
        request_id = outcome.request_id
        if request_id is None and outcome.query_id is None and self._subscribing:
            # 1.x does not say which legacy subscription failed; the server answers them in order.
            request_id = next(iter(self._subscribing))
        return request_id, self._subscribing.pop(request_id or 0, ())

    def _is_own(self, call: Call) -> bool:
        return call.caller_identity == self.identity and call.caller_address == self.connection_id

    def _settle(self, call: Call) -> None:
        """Fill in what this side knows of a call of its own."""
        call.own = True
        if call.request_id == 0:
            call.request_id = self._oldest_like(call)
        asked = self.calls.pop(call.request_id, None)
        if asked is not None:
            call.reducer_name, args, call.waiting = asked
            call.args = list(args)
            call.caller_identity, call.caller_address = self.identity, self.connection_id

    def _oldest_like(self, call: Call) -> int:
        """The id of the call that a failure without one answers, 0 for none: 1.x sends none (spec: observed.md)."""
        asked = list(self.calls.items())
        same = [(number, args) for number, (name, args, _) in asked if name == call.reducer_name]
        assert self._codec is not None
        for number, args in same:
            # The program may have changed a list among its arguments meanwhile: then they fit no more.
            with suppress(EncodeError, *BAD_VALUE):
                if self._codec.encode_arguments(call.reducer_name, args) == call.encoded:
                    return number
        return same[0][0] if same else 0
