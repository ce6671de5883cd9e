"""The embedded server: runs a Python module and speaks SpacetimeDB's own protocols.

`Database` is the module alone, in process, with a clock of the caller's; `Server` puts it on a port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .database import Database
from .errors import CallRefused, QueryError, ReducerError, ReducerPanic

if TYPE_CHECKING:
    from .server import Server

__all__ = ["CallRefused", "Database", "QueryError", "ReducerError", "ReducerPanic", "Server"]


def __getattr__(name: str) -> Any:
    # The server's libraries take a quarter of a second to import: only who names it pays.
    if name == "Server":
        from .server import Server

        return Server
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
