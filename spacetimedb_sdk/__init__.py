"""SpacetimeDB for Python: a live local copy of the rows you subscribe to, and reducers to change them.

The basic client is ticked by `update()` in a game's main loop, the async client runs in an event loop; both work with the
classes that `python -m spacetimedb_sdk generate` writes for a module. The clients are loaded when they are first named,
so that the import costs nothing that a program does not need.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if sys.version_info < (3, 11):  # noqa: UP036 - a copied folder has no installer that would have looked
    raise ImportError(
        f"spacetimedb_sdk needs Python 3.11 or newer, this is {'.'.join(map(str, sys.version_info[:3]))}: "
        "run it with a newer one"
    )

from .errors import (
    AmbiguousClientError,
    AuthenticationError,
    BacklogError,
    ClientStateError,
    ConnectCause,
    ConnectError,
    ConnectionLost,
    DatabaseNotFoundError,
    DecodeError,
    EncodeError,
    NoClientError,
    ProtocolError,
    RequestFailedError,
    SchemaMismatchError,
    SpacetimeDBException,
    SubscriptionError,
)

# Importable from here as ever; programs seldom name them, so they are not among the names that are shown.
from .errors import ConfigError as ConfigError
from .errors import ForkedClientError as ForkedClientError
from .errors import HttpError as HttpError
from .errors import MissingPackageError as MissingPackageError
from .errors import SchemaError as SchemaError
from .events import ReducerEvent, TransactionUpdateMessage
from .types import Address, ConnectionId, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp

if TYPE_CHECKING:
    from .client.handles import TableHandle
    from .client.requests.calls import ReducerResult
    from .client.requests.subscriptions import Subscription
    from .client.stats import ClientStats
    from .protocol.connection import ConnectionState
    from .reconnect import ReconnectPolicy
    from .spacetimedb_async_client import SpacetimeDBAsyncClient
    from .spacetimedb_client import SpacetimeDBClient

__all__ = [
    "Address",
    "AmbiguousClientError",
    "AuthenticationError",
    "BacklogError",
    "ClientStateError",
    "ClientStats",
    "ConnectCause",
    "ConnectError",
    "ConnectionId",
    "ConnectionLost",
    "ConnectionState",
    "DatabaseNotFoundError",
    "DecodeError",
    "EncodeError",
    "Err",
    "Identity",
    "NoClientError",
    "Ok",
    "ProtocolError",
    "ReconnectPolicy",
    "ReducerEvent",
    "ReducerResult",
    "RequestFailedError",
    "ScheduleAt",
    "SchemaMismatchError",
    "Some",
    "SpacetimeDBAsyncClient",
    "SpacetimeDBClient",
    "SpacetimeDBException",
    "Subscription",
    "SubscriptionError",
    "TableHandle",
    "TimeDuration",
    "Timestamp",
    "TransactionUpdateMessage",
    "__version__",
]

__version__ = "0.2.0"

_LAZY = {
    "ClientStats": "client.stats",
    "ConnectionState": "protocol.connection",
    "ReconnectPolicy": "reconnect",
    "ReducerResult": "client.requests.calls",
    "SpacetimeDBAsyncClient": "spacetimedb_async_client",
    "SpacetimeDBClient": "spacetimedb_client",
    "Subscription": "client.requests.subscriptions",
    "TableHandle": "client.handles",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        from .system.plain_text import LateText, close_to  # only a mistake needs it

        def text() -> str:
            close = "" if name.startswith("__") else close_to(name, __all__)
            return f"module {__name__!r} has no attribute {name!r}{close}"

        raise AttributeError(LateText(text))
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
