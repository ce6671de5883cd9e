"""What the codecs make of a recording, in a form that two recordings of one scenario share.

Two recordings differ in times, connection ids, energy and durations, in the order of rows, and in nothing else.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.protocol.outcomes import (
    Connected,
    OneOffResult,
    Outcome,
    ProcedureReturned,
    Removed,
    SubscriptionApplied,
    TableRows,
    Transaction,
)
from spacetimedb_sdk.types import Address, Identity, ScheduleAt, TimeDuration, Timestamp
from tests.conformance.transcripts import Schema, client_messages, decoded, events, protocol_of

# Their rows pass and are never stored; clients of v1 may not subscribe to them.
EVENT_TABLES = {"announcement"}
_KEPT = (Identity, TimeDuration, Enum)


def masked(value: Any) -> Any:
    """The value as plain data, without what two runs cannot share."""
    if isinstance(value, Timestamp | ScheduleAt.Time):
        return "a time"
    if isinstance(value, Address):
        return "a connection"
    if isinstance(value, str):
        return message_text(value)
    if isinstance(value, tuple | list):
        return type(value)(masked(item) for item in value)
    if is_dataclass(value) and not isinstance(value, _KEPT):
        return type(value).__name__, *(masked(getattr(value, field.name)) for field in fields(value))
    return value


def timeless(value: Any) -> bool:
    text = repr(masked(value))
    return "a time" not in text and "a connection" not in text


def said(path: Path, schema: Schema) -> dict[str, list[Outcome]]:
    """All outcomes of a recording by client, through the codec of its subprotocol."""
    protocol = protocol_of(path)
    codec = schema.codec(protocol)
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    procedures: dict[int, str] = {}
    for event in events(path):
        if event.kind == "send":
            for message in client_messages(protocol, event.payload):
                if isinstance(message, v1.CallProcedure | v2.CallProcedure):
                    procedures[message.request_id] = message.procedure
        if event.kind == "recv":
            assert event.payload is not None
            for outcome in decoded(codec, event.payload):
                if isinstance(outcome, ProcedureReturned) and outcome.value is not None:
                    value = codec.decode_return(procedures[outcome.request_id], outcome.value)
                    outcome = replace(outcome, value=value)
                outcomes[event.client].append(outcome)
    return outcomes


def message_text(text: str) -> str:
    """A server's text without the connection id in it, and without how JSON or BSATN fails to be arguments."""
    text = re.sub(r"ConnectionId\([0-9a-f]{32}\)", "a connection", text)
    return re.sub(r"^(invalid arguments for \w+ \w+): .*", r"\1", text)


def rows(update: TableRows) -> list[Any]:
    """Key and row of each that comes, in an order of their own."""
    pairs = zip(update.keys, update.rows, strict=True)
    return sorted(((masked(key) if timeless(row) else "", masked(row)) for key, row in pairs), key=repr)


def tables(updates: Iterable[TableRows]) -> list[Any]:
    """Tables without a row say nothing: some servers list them, some do not."""
    found = [(update.table, sorted(map(masked, update.gone), key=repr), rows(update)) for update in updates]
    return sorted(entry for entry in found if entry[1] or entry[2])


def plain(outcome: Outcome) -> Any:
    """The outcome as plain data that two recordings share."""
    match outcome:
        case Connected(identity, token):
            return "connected", identity, len(token)
        case Transaction(updates, status, message, call, micros):
            who = call and (
                call.reducer_name,
                masked(call.args),
                call.caller_identity,
                call.caller_address and any(call.caller_address.data),
                call.request_id,
                call.own,
            )
            return "transaction", tables(updates), status, message_text(message), who, micros is None
        case SubscriptionApplied(request_id, query_id, updates, replaces):
            return "applied", request_id, query_id, tables(updates), replaces
        case Removed(request_id, query_id, updates):
            return "removed", request_id, query_id, tables(updates)
        case OneOffResult(request_id, error, updates):
            return "one-off", request_id, error, tables(updates)
    return masked(outcome)


class Cache:
    """The dumbest cache there is: how often each key was delivered, and its newest row."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[Any]] = defaultdict(Counter)
        self.rows: dict[str, dict[Any, str]] = defaultdict(dict)

    def take(self, outcome: Outcome) -> None:
        if not isinstance(outcome, Transaction | SubscriptionApplied | Removed):
            return
        if isinstance(outcome, SubscriptionApplied) and outcome.replaces:
            self.counts.clear()
        for update in outcome.tables:
            self.counts[update.table].update(update.keys)
            self.counts[update.table].subtract(update.gone)
            shown = (repr(masked(row)) for row in update.rows)
            self.rows[update.table].update(zip(update.keys, shown, strict=True))

    @property
    def visible(self) -> dict[str, set[str]]:
        shown = {
            table: {self.rows[table][key] for key, n in counts.items() if n > 0}
            for table, counts in self.counts.items()
        }
        return {table: found for table, found in shown.items() if found and table not in EVENT_TABLES}


def states(outcomes: Iterable[Outcome]) -> list[dict[str, set[str]]]:
    """What a client sees, each time that this changes."""
    cache = Cache()
    seen: list[dict[Any, Any]] = [{}]
    for outcome in outcomes:
        cache.take(outcome)
        if cache.visible != seen[-1]:
            seen.append(cache.visible)
    return seen
