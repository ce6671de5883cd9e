"""What a connection says, in words that are the same for every subprotocol: frames in, outcomes out."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import SpacetimeDBException
from ..records import field, record
from ..types import Address, Identity

__all__ = [
    "Call",
    "Closed",
    "Connected",
    "Malformed",
    "OneOffResult",
    "Outcome",
    "ProcedureReturned",
    "Removed",
    "SubscriptionApplied",
    "SubscriptionRefused",
    "TableRows",
    "Transaction",
]


@record(frozen=False)
class TableRows:
    """What one message says of one table, every query's share after the other: `gone` are the keys of the rows that leave,
    `keys` those of the `rows` that come.

    A key is the primary key's value where the table has one, else the bytes of the row. Of rows that leave the cache has the
    rest. `may_repeat` is False where it is known that no row comes that leaves as well.
    """

    table: str
    gone: list[object] = field(default_factory=list)
    keys: list[object] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    may_repeat: bool = True


@record
class Connected:
    """The first message of a connection: it stands, and speaks `subprotocol`.

    `is_recorded`: what comes is the recording of another client's session, and answers what that one asked.
    """

    identity: Identity
    token: str = field(repr=False)
    connection_id: Address
    subprotocol: str
    is_recorded: bool = False


@record(frozen=False)
class Call:
    """Which reducer call a transaction came from, as far as the server tells. `own` is this connection's.

    `encoded` is what `args` were decoded from. v2 answers the caller by request id alone: name, arguments and caller are
    then empty, `own` is set, and the connection fills in what it remembers of the call. `waiting` is whatever
    waits for the answer on this side.
    """

    reducer_name: str
    args: list[Any]
    encoded: bytes | str
    caller_identity: Identity | None
    caller_address: Address | None
    request_id: int
    own: bool = False
    waiting: Any = None


@record(frozen=False)
class Transaction:
    """A transaction as it reached this client. `status` is `committed`, `failed` or `outofenergy`.

    `call` is None where the protocol hides who did it. The rows of an event table come as inserts. `micros` is the server's time,
    in microseconds since 1970, None where it does not tell.
    """

    tables: list[TableRows]
    status: str
    message: str
    call: Call | None
    micros: int | None


@record
class SubscriptionApplied:
    """A set of queries holds now. With `replaces`, its rows are all there are."""

    request_id: int
    query_id: int | None
    tables: list[TableRows]
    replaces: bool


@record
class Removed:
    """A set of queries was given up; its rows leave as deletes."""

    request_id: int
    query_id: int
    tables: list[TableRows]


@record
class SubscriptionRefused:
    """A set of queries the server will not serve; with `dropped_all` it gave up every one of the connection's."""

    request_id: int | None
    query_id: int | None
    message: str
    dropped_all: bool = False


@record
class OneOffResult:
    """The rows of a one-off query come as inserts; `error` is the server's text where it refused."""

    request_id: int
    error: str | None
    tables: list[TableRows]


@record
class ProcedureReturned:
    """`value` is what the procedure returned, still encoded; `error` is the server's text where it failed."""

    request_id: int
    value: bytes | str | None
    error: str | None


@record
class Malformed:
    """A message that could not be read; the connection is of no more use."""

    error: SpacetimeDBException


@record
class Closed:
    """The last outcome of a connection: `error` is None when this side asked for it."""

    reason: str
    error: SpacetimeDBException | None = None


Outcome: TypeAlias = (
    Connected
    | Transaction
    | SubscriptionApplied
    | Removed
    | SubscriptionRefused
    | OneOffResult
    | ProcedureReturned
    | Malformed
    | Closed
)
