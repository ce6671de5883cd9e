"""The embedded server: runs a Python module and speaks SpacetimeDB's own protocols.

`Database` is the module alone, in process, with a clock of the caller's; `Server` puts it on a port. Both need the
packages of the extra `server` (docs/installing.md).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine.database import Database
    from .errors import (
        CallRefused,
        DatabaseNameError,
        ListenError,
        QueryError,
        ReducerError,
        ReducerPanic,
    )
    from .hosting.limits import Limits
    from .server import Server

__all__ = [
    "CallRefused",
    "Database",
    "DatabaseNameError",
    "Limits",
    "ListenError",
    "QueryError",
    "ReducerError",
    "ReducerPanic",
    "Server",
]

# Named lazily: the server's libraries take a quarter of a second to import, and only who names it pays.
_MODULES = {
    "CallRefused": "errors",
    "Database": "engine.database",
    "DatabaseNameError": "errors",
    "Limits": "hosting.limits",
    "ListenError": "errors",
    "QueryError": "errors",
    "ReducerError": "errors",
    "ReducerPanic": "errors",
    "Server": "server",
}


def __getattr__(name: str) -> Any:
    where = _MODULES.get(name)
    if where is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{where}", __name__), name)
