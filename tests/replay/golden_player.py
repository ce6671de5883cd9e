"""A real client that plays one part of a recorded scenario: it says by public calls what the recording's client said.

Each frame it sends has to be the recorded one, but for the numbers of requests and query sets, which a client picks for
itself; they are put right on the way in. What no public call can say goes out as it was recorded: numbers that are in
use, event tables over v1, arguments that are none, functions that the bindings lack, flags, single subscriptions.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

from spacetimedb_sdk import SpacetimeDBClient
from spacetimedb_sdk.client.requests.calls import ReducerCall
from spacetimedb_sdk.client.requests.subscriptions import Subscription
from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.protocol.codecs.subprotocol import Payload
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.protocol.outcomes import Transaction
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.sats.json.decoding import json_decoder, json_encoder
from spacetimedb_sdk.testing import ScriptedTransport
from tests.conformance.transcripts import client_messages
from tests.replay.event_model import positional

# Numbers that this client never gave: answers to what was sent as it was recorded.
FOREIGN = 1_000_000


class Player:
    """One client. `told` is every callback in order, rows as the model writes them."""

    def __init__(self, bindings: ModuleType, protocol: str) -> None:
        self.protocol = protocol
        self.told: list[tuple[Any, ...]] = []
        self.heard = 0
        # What went out as it was recorded, by the number of its request; and names that only such requests have.
        self.passed_on: set[int | str] = set()
        self.calls: list[tuple[ReducerCall, tuple[Any, ...]]] = []
        self.client = SpacetimeDBClient(bindings)
        self._module = bindings.MODULE
        self._event_tables = [name for name, table in self._module.tables.items() if table.is_event]
        self._requests: dict[int, int] = {}
        self._sets: dict[int, Subscription] = {}
        self._queries: deque[int] = deque()
        self._as_json = {
            name: json_encoder(self._module.space, Ref(table.row), positional=True)
            for name, table in self._module.tables.items()
        }
        self._listen()
        transport = ScriptedTransport(subprotocol=f"{protocol}.spacetimedb", is_recorded=True)

        def connect(request: Any, codecs: Any, wake: Any, *, backlog: int = 0) -> Any:
            renumbering = {name: _Renumbering(codec, self) for name, codec in codecs.items()}
            return transport.connect(request, renumbering, wake, backlog=backlog)  # type: ignore[arg-type]

        name = protocol.removesuffix(".bsatn")
        self.client.connect(None, "localhost", "scripted", False, link_factory=connect, protocol=name)
        self.link = transport.link

    # -- what it is told -----------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        told, client = self.told, self.client
        client.set_callbacks(
            on_connect=lambda: told.append(("connect",)),
            on_identity=lambda *_: told.append(("identity",)),
            on_error=lambda _: told.append(("error",)),
        )
        client.register_on_subscription_applied(lambda: told.append(("applied",)))
        client.register_on_event(lambda update: told.append(("event", *_who(update.reducer_event))))
        for name in self._module.tables:
            client.register_row_update(name, self._on_row(name))
        for name in self._module.reducers:
            client.register_on_reducer(name, self._on_reducer(name))

    def _on_row(self, table: str) -> Callable[..., None]:
        def note(row_op: str, old: Any, new: Any, event: Any) -> None:
            self.told.append(
                (row_op, table, self._row(table, old), self._row(table, new), event and _who(event))
            )

        return note

    def _on_reducer(self, name: str) -> Callable[..., None]:
        def note(identity: Any, address: Any, status: str, message: str, *args: Any) -> None:
            self.told.append(("reducer", name, status, message, f"0x{identity}"))

        return note

    def _row(self, table: str, row: Any) -> Any:
        return None if row is None else positional(self._as_json[table](row))

    def rows(self, table: str) -> list[Any]:
        return [self._row(table, row) for row in self.client.cache.table(table)]

    def hear(self, frame: Payload) -> list[tuple[Any, ...]]:
        """What the client tells its program of one frame."""
        before = len(self.told)
        self.link.receive(frame)
        self.client.update()
        return self.told[before:]

    # -- what it says --------------------------------------------------------------------------------------------------

    def say(self, frame: Payload) -> None:
        """Say what the recorded frame says, and compare."""
        for message in client_messages(self.protocol, frame):
            before = len(self.link.sent)
            if self._call(message):
                (sent,) = self.link.sent[before:]
                self._compare(sent, message)
            else:
                self.passed_on.add(getattr(message, "request_id", 0))
                self.link.send(_written(self.protocol, message))

    def _call(self, message: Any) -> bool:
        """Make the public call that says `message`; False where there is none."""
        match message:
            case v1.CallReducer(name, args, _, 0) | v2.CallReducer(_, 0, name, args):
                info = self._module.reducers.get(name)
                values = None if info is None else self._values(info.params, args)
                if info is None:
                    self.passed_on.add(name)
                if values is not None:
                    self.calls.append((self.client.call_reducer(name, *values), values))
                return values is not None
            case v1.CallProcedure(name, args, request_id, 0) | v2.CallProcedure(request_id, 0, name, args):
                info = self._module.procedures.get(name)
                values = None if info is None else self._values(info.params, args)
                if values is not None:
                    as_json = json_encoder(self._module.space, info.return_type, positional=True)
                    self._answered(self.client.call_procedure(name, *values), request_id, as_json)
                return values is not None
            case v1.OneOffQuery(_, query) | v2.OneOffQuery(_, query):
                self._answered(self.client.sql(query), 0, self._rows_of_answer)
                return True
            case v1.Subscribe(queries):
                self.client.subscribe(queries)
                return True
        return self._subscribe_or_not(message)

    def _subscribe_or_not(self, message: Any) -> bool:
        match message:
            case v1.SubscribeMulti(queries, _, v1.QueryId(number)) if number not in self._sets and not any(
                event_table in query for event_table in self._event_tables for query in queries
            ):
                self._sets[number] = self._added(queries)
            case v2.Subscribe(_, v2.QuerySetId(number), queries) if number not in self._sets:
                self._sets[number] = self._added(queries)
            case v1.UnsubscribeMulti(_, v1.QueryId(number)) if number in self._sets:
                self._sets[number].unsubscribe()
            case v2.Unsubscribe(_, v2.QuerySetId(number), v2.UnsubscribeFlags.SendDroppedRows) if (
                number in self._sets
            ):
                self._sets[number].unsubscribe()
            case _:
                return False
        return True

    def _added(self, queries: list[str]) -> Subscription:
        handle = self.client.subscriptions.add(queries)
        handle.on_result(lambda _: None, lambda _: self.told.append(("error",)))
        return handle

    def _answered(self, request: Any, number: int, as_json: Callable[[Any], Any]) -> None:
        request.on_result(
            lambda value: self.told.append(("answer", number, positional(as_json(value)))),
            lambda _: self.told.append(("answer", number, "error")),
        )

    def _rows_of_answer(self, rows: list[Any]) -> list[Any]:
        return sorted((self._row(type(row)._table_name, row) for row in rows), key=json.dumps)

    def _values(self, params: Any, args: Payload) -> tuple[Any, ...] | None:
        space = self._module.space
        try:
            if isinstance(args, bytes):
                return tuple(space.codec(params).decode(args))
            return tuple(json_decoder(space, params, null_is_nan=True)(json.loads(args)))
        except DecodeError:
            return None

    def _compare(self, sent: Payload, recorded: Any) -> None:
        (ours,) = client_messages(self.protocol, sent)
        numbers = [
            name for name in ("request_id", "query_id", "query_set_id", "message_id") if hasattr(ours, name)
        ]
        if isinstance(recorded, v1.OneOffQuery):
            self._queries.append(int.from_bytes(ours.message_id[:4], "little"))
        else:
            self._requests[recorded.request_id] = ours.request_id
        alike = replace(ours, **{name: getattr(recorded, name) for name in numbers})
        if isinstance(sent, str):
            assert _comparable(sent, numbers) == _comparable(_written(self.protocol, recorded), numbers)
        else:
            assert _written(self.protocol, ours) == sent
            assert _written(self.protocol, alike) == _written(self.protocol, recorded)

    def check_answers(self) -> None:
        """Each call that was answered tells what it was called with."""
        for call, values in self.calls:
            assert call.done
            event = call.result().event
            assert event is not None
            assert repr(event.args) == repr(list(values))

    # -- numbers -------------------------------------------------------------------------------------------------------

    def renumbered(self, outcome: Any) -> Any:
        """The outcome with this client's numbers in the place of the recorded ones."""
        if isinstance(outcome, Transaction):
            if outcome.call is None:
                return outcome
            return replace(
                outcome, call=replace(outcome.call, request_id=self._request(outcome.call.request_id))
            )
        number = getattr(outcome, "request_id", None)
        if number is None:
            return outcome
        if type(outcome).__name__ == "OneOffResult" and self._queries:
            return replace(outcome, request_id=self._queries.popleft())
        changed: dict[str, int] = {"request_id": self._request(number)}
        if getattr(outcome, "query_id", None) is not None:
            handle = self._sets.get(outcome.query_id) if number in self._requests else None
            known = handle is not None and handle.query_id is not None
            changed["query_id"] = handle.query_id if known else outcome.query_id + FOREIGN  # type: ignore[union-attr,assignment]
        return replace(outcome, **changed)

    def _request(self, number: int) -> int:
        return self._requests.get(number, number + FOREIGN if number else 0)


class _Renumbering:
    """A codec whose outcomes have the client's own numbers."""

    def __init__(self, codec: Any, player: Player) -> None:
        self._codec = codec
        self._player = player

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codec, name)

    def decode(self, frame: Payload) -> Iterator[None]:
        said = self._codec.decode(frame)
        outcomes = said if isinstance(said, list) else (yield from said)
        self._player.heard += len(outcomes)
        return [self._player.renumbered(outcome) for outcome in outcomes]  # type: ignore[return-value]


def _who(event: Any) -> tuple[Any, ...]:
    caller = event.caller_identity
    return event.reducer_name, event.status, event.message, caller and f"0x{caller}"


def _written(protocol: str, message: Any) -> Payload:
    if protocol == "v1.json":
        return json.dumps(json_encoder(v1.JSON_SPACE, v1.JSON_CLIENT_MESSAGE, positional=False)(message))
    codec = v1.CLIENT_MESSAGE if protocol == "v1.bsatn" else v2.CLIENT_MESSAGE
    return bytes(codec.encode(message))


def _comparable(text: Payload, numbers: list[str]) -> Any:
    """A JSON message without its numbers, its arguments parsed."""
    ((kind, body),) = json.loads(text).items()
    kept = {name: value for name, value in body.items() if name not in numbers}
    if "args" in kept:
        kept["args"] = _shape(json.loads(kept["args"]))
    return kind, kept


def _shape(value: Any) -> Any:
    """JSON without the freedom of writing a number: leading zeros of one of 256 bits, digits of an f32."""
    match value:
        case dict():
            return {key: _shape(item) for key, item in value.items()}
        case list():
            return [_shape(item) for item in value]
        case str() if value.lstrip("-").startswith("0x"):
            return int(value, 16)
        case float():
            return f"{value:.7g}"
    return value
