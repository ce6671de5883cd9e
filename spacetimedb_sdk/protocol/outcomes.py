"""What a connection says, in words that are the same for every subprotocol: frames in, outcomes out."""

from __future__ import annotations

from typing import Any, TypeAlias

from ..errors import SpacetimeDBException
from ..records import field, record
from ..types import Address, Identity, Timestamp

__all__ = [
    "Call",
    "Closed",
    "Connected",
    "DecodedRows",
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


# Four of these classes have an `__init__` of their own: some are made for every message, and a record's takes three times as
# long.
@record(frozen=False)
class DecodedRows:
    """Rows with their keys: the primary key's value where the table has one, else the bytes of the row."""

    keys: list[object]
    rows: list[Any]

    def __init__(self, keys: list[object] | None = None, rows: list[Any] | None = None) -> None:
        self.keys = [] if keys is None else keys
        self.rows = [] if rows is None else rows


@record(frozen=False)
class TableRows:
    """What one message says of one table, every query's share after the other.

    The rows that leave come as keys alone: the cache has the rest of them. `may_repeat` is False where it is known that no
    row comes that leaves as well.
    """

    table: str
    deletes: DecodedRows
    inserts: DecodedRows
    may_repeat: bool

    def __init__(
        self, table: str, deletes: DecodedRows, inserts: DecodedRows, may_repeat: bool = True
    ) -> None:
        self.table = table
        self.deletes = deletes
        self.inserts = inserts
        self.may_repeat = may_repeat


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
    own: bool
    waiting: Any

    def __init__(
        self,
        reducer_name: str,
        args: list[Any],
        encoded: bytes | str,
        caller_identity: Identity | None,
        caller_address: Address | None,
        request_id: int,
        own: bool = False,
        waiting: Any = None,
    ) -> None:
        self.reducer_name = reducer_name
        self.args = args
        self.encoded = encoded
        self.caller_identity = caller_identity
        self.caller_address = caller_address
        self.request_id = request_id
        self.own = own
        self.waiting = waiting


@record(frozen=False)
class Transaction:
    """A transaction as it reached this client. `status` is `committed`, `failed` or `outofenergy`.

    `call` is None where the protocol hides who did it. The rows of an event table come as inserts.
    """

    tables: list[TableRows]
    status: str
    message: str
    call: Call | None
    timestamp: Timestamp | None

    def __init__(
        self,
        tables: list[TableRows],
        status: str,
        message: str,
        call: Call | None,
        timestamp: Timestamp | None,
    ) -> None:
        self.tables = tables
        self.status = status
        self.message = message
        self.call = call
        self.timestamp = timestamp


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
