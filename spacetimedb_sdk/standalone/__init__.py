"""The embedded server: runs a Python module and speaks SpacetimeDB's own protocols.

`Database` is the module alone, in process, with a clock of the caller's; `Server` puts it on a port. Both need the
packages of the extra `server` (docs/installing.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..system.lazy import lazy_classes

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
if not TYPE_CHECKING:
    __getattr__ = lazy_classes(
        __name__,
        {
            "CallRefused": ".errors",
            "Database": ".engine.database",
            "DatabaseNameError": ".errors",
            "Limits": ".hosting.limits",
            "ListenError": ".errors",
            "QueryError": ".errors",
            "ReducerError": ".errors",
            "ReducerPanic": ".errors",
            "Server": ".server",
        },
    )
