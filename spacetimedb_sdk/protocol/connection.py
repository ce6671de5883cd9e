"""The state of one connection, without I/O: what was asked, and which answer belongs to which question.

state        what may come                        what it leads to
CONNECTING   Connected                            CONNECTED
             Malformed, Closed                    CLOSED (it was never connected)
CONNECTED    Transaction, SubscriptionApplied,
             SubscriptionRefused, Removed, ...    CONNECTED
             Malformed, Closed                    CLOSED (the connection is lost)
CLOSED       nothing                              -

Rows come for the sets of queries that were asked for, each first once and whole, until they are given up. What a server sends
beside that belongs to nothing the program wants: it is left out, with one warning.
"""

from __future__ import annotations

import logging
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
    Removed,
    SubscriptionApplied,
    SubscriptionRefused,
    Transaction,
)

__all__ = ["AskedCall", "Connection", "ConnectionState"]

log = logging.getLogger("spacetimedb_sdk.protocol")
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
        # Stays True after the end, which is then a loss, and no attempt that failed.
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
        self._unsubscribing: dict[int, int] = {}
        # Sets that were asked for and have not ended, by the request's id. The thread that decodes looks into it, too.
        self._sets: set[int] = set()
        # The same where the program is: what was decoded before an end is told before it.
        self._open_sets: set[int] = set()
        # What comes from a recording answers questions that this client never asked.
        self._is_recorded = False
        # Of rows that were not asked for the log has one line, however many come.
        self._has_warned = False

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

    def explain_arguments(self, name: str, args: tuple[object, ...]) -> None:
        """EncodeError where `args` do not fit."""
        self._require_connected("call reducer", name).encode_arguments(name, args)

    def call_procedure(self, name: str, args: tuple[object, ...]) -> tuple[int, Payload]:
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
        request_id = self._asked_for(queries)
        return request_id, codec.replace_subscription(list(queries), request_id)

    def subscribe(self, queries: tuple[str, ...]) -> tuple[int, Payload]:
        """A set of its own, whose id is the request's."""
        codec = self._require_connected("subscribe")
        request_id = self._asked_for(queries)
        return request_id, codec.subscribe(list(queries), request_id, request_id)

    def _asked_for(self, queries: tuple[str, ...]) -> int:
        request_id = next(self.request_ids)
        self._subscribing[request_id] = queries
        self._sets.add(request_id)
        self._open_sets.add(request_id)
        return request_id

    def unsubscribe(self, query_id: int) -> tuple[int, Payload]:
        codec = self._require_connected("unsubscribe")
        request_id = next(self.request_ids)
        self._unsubscribing[request_id] = query_id
        return request_id, codec.unsubscribe(request_id, query_id)

    def _require_connected(self, what: str, name: str = "") -> SubprotocolCodec:
        if self.state is ConnectionState.CONNECTED and self._codec is not None:
            return self._codec
        what = f"{what} {name!r}" if name else what
        if self.state is ConnectionState.CONNECTING:
            raise ClientStateError(
                f"cannot {what} before the connection stands, which update() or the event loop brings about: do it in "
                "on_connect or later"
            )
        raise ClientStateError(f"cannot {what}: the connection is closed, open another one")

    # -- received ------------------------------------------------------------------------------------------------------

    def receive(self, outcome: Outcome) -> Outcome | None:
        """Follow `outcome`; it comes back with what only this connection knows, filled in: whose call it was.

        None for the rows of what was never asked for.
        """
        if isinstance(outcome, Transaction):
            return self.transaction(outcome)
        if isinstance(outcome, Connected) and self.was_connected:
            outcome = Malformed(ProtocolError("the server greeted twice over one connection"))
        match outcome:
            case Connected(identity, _, connection_id, subprotocol, is_recorded):
                self._codec = self._codecs[subprotocol]
                self._is_recorded = is_recorded
                self._codec.take_sets(None if is_recorded else self._sets)
                self.state = ConnectionState.CONNECTED
                self.was_connected = True
                self.identity, self.connection_id = identity, connection_id
            case SubscriptionApplied() | Removed():
                return self._answering(outcome)
            case SubscriptionRefused(dropped_all=True):
                self._sets.intersection_update(self._subscribing)
                self._open_sets.intersection_update(self._subscribing)
            case Malformed() | Closed():
                self.state = ConnectionState.CLOSED
                self.encoders = {}
        return outcome

    def transaction(self, outcome: Transaction) -> Transaction:
        """`receive` for a transaction, as nearly all outcomes are: nothing that it needs is guarded by the client's lock."""
        call = outcome.call
        if call is not None:
            address, own, identity = call.caller_address, self.connection_id, self.identity
            # First what tells clients apart: one identity may have many. By the bytes: most calls are others'.
            if call.own or (
                address is not None
                and own is not None
                and address.data == own.data
                and call.caller_identity is not None
                and identity is not None
                and call.caller_identity.data == identity.data
            ):
                self._settle(call)
        if outcome.tables and not self._open_sets and not self._is_recorded:
            self._leave_out("rows, while nothing is subscribed to")
            outcome.tables = []
        return outcome

    def _answering(self, outcome: SubscriptionApplied | Removed) -> Outcome | None:
        """`outcome`, if it answers a request that has no answer yet."""
        request_id, query_id = outcome.request_id, outcome.query_id
        if isinstance(outcome, SubscriptionApplied):
            known = self._subscribing.pop(request_id, None) is not None and query_id in (None, request_id)
            what = f"the rows of subscription {request_id}, which was never asked for or has come before"
        else:
            known = self._unsubscribing.pop(request_id, None) == query_id
            what = f"the end of subscription {query_id}, which was not given up"
            if known:
                self._sets.discard(outcome.query_id)
                self._open_sets.discard(outcome.query_id)
        if known or self._is_recorded:
            return outcome
        self._leave_out(what)
        return None

    def _leave_out(self, what: str) -> None:
        """Say so once: a server that goes on like that must not fill the log."""
        if not self._has_warned:
            self._has_warned = True
            log.warning("the server sent %s: left out, as is all more of the kind", what)

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
        self._unsubscribing.pop(request_id or 0, None)
        self._sets -= {request_id or 0, outcome.query_id or 0}
        self._open_sets -= {request_id or 0, outcome.query_id or 0}
        return request_id, self._subscribing.pop(request_id or 0, ())

    def _settle(self, call: Call) -> None:
        """Fill in what this side knows of a call of its own."""
        call.own = True
        if call.request_id == 0 and self.calls:
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
