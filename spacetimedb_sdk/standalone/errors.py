"""What can go wrong between a caller and a database; the whole tree is drawn in `spacetimedb_sdk.errors`."""

from __future__ import annotations

import dis
import threading
from pathlib import Path

from ..errors import SpacetimeDBException
from ..module import ReducerError
from ..system.plain_text import error_text
from ..types import ConnectionId

__all__ = [
    "AddressError",
    "CallRefused",
    "CommitsLost",
    "ConnectionIdInUse",
    "DatabaseNameError",
    "ListenError",
    "ModuleChangeRefused",
    "PublishError",
    "QueryError",
    "ReducerError",
    "ReducerPanic",
    "StorageError",
    "TimedOut",
    "is_interrupt",
]


class CallRefused(SpacetimeDBException):
    """The call of `reducer` never started; `message` is what its caller gets."""

    def __init__(
        self, reducer: str, message: str, *, reducer_id: int = 0xFFFFFFFF, status: int = 400
    ) -> None:
        self.reducer = reducer
        self.message = message
        self.reducer_id = reducer_id
        self.status = status
        super().__init__(reducer, message)

    def __str__(self) -> str:
        return self.message


class ConnectionIdInUse(SpacetimeDBException):
    """`connection_id` is that of a client which is connected: what is meant for the one must not reach another."""

    def __init__(self, connection_id: ConnectionId) -> None:
        self.connection_id = connection_id
        super().__init__(connection_id)

    def __str__(self) -> str:
        return (
            f"connection ID {self.connection_id} is in use by another connection: leave it to chance, or wait"
        )


class ReducerPanic(SpacetimeDBException):
    """`reducer` raised something that is no ReducerError: `cause`. Everything it did was undone."""

    def __init__(self, reducer: str, cause: BaseException) -> None:
        self.reducer = reducer
        self.cause = cause
        super().__init__(reducer, cause)

    def __str__(self) -> str:
        return f"reducer {self.reducer!r} raised {type(self.cause).__name__}: {error_text(self.cause)}"


class TimedOut(BaseException):
    """Raised inside a function of a module that has had its time. No `except Exception` keeps it there."""

    def __str__(self) -> str:
        return "it took longer than it may"


class QueryError(SpacetimeDBException):
    """A query that cannot be answered. `message` is SpacetimeDB's text; `reason` the same without the query in it."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        self.message = message
        self.reason = message if reason is None else reason
        super().__init__(message)


class PublishError(SpacetimeDBException):
    """A program that cannot be published here; HTTP answers it with `status`."""

    def __init__(self, message: str, status: int = 500) -> None:
        self.message = message
        self.status = status
        super().__init__(message)


class AddressError(SpacetimeDBException, ValueError):
    """`given` is no address that a server could listen on."""

    def __init__(self, given: object) -> None:
        self.given = given
        super().__init__(given)

    def __str__(self) -> str:
        return (
            f"{self.given!r} is no address to listen on: give HOST:PORT, for instance 127.0.0.1:3000 or [::1]:3000 (port 0 "
            "is any free one), in a program also a pair such as ('127.0.0.1', 3000)"
        )


class ListenError(SpacetimeDBException):
    """The server cannot listen at `host`:`port`; `reason` is the system's."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        self.reason = reason
        super().__init__(host, port, reason)

    def __str__(self) -> str:
        return f"cannot listen on {self.host}:{self.port} ({self.reason}): give another --listen HOST:PORT"


class DatabaseNameError(SpacetimeDBException):
    """`name` is no name for a database."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)

    def __str__(self) -> str:
        return (
            f"{self.name!r} is no database name: lower-case letters, digits and single hyphens between them"
        )


class StorageError(SpacetimeDBException):
    """The file or folder `path` cannot keep the database: `reason` says why not, `remedy` what to do."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        self.path = path
        self.reason = reason
        self.remedy = remedy
        super().__init__(path, reason, remedy)

    def __str__(self) -> str:
        return f"{self.path} {self.reason}: {self.remedy}"


class CommitsLost(StorageError):
    """Commits that were confirmed are not there any more, all after `position`: `missing` of them where that is known."""

    def __init__(
        self, path: Path, reason: str, remedy: str, *, position: int, missing: int | None = None
    ) -> None:
        super().__init__(path, reason, remedy)
        self.position = position
        self.missing = missing


class ModuleChangeRefused(SpacetimeDBException):
    """A changed module cannot go on with the rows there are; `reasons` are texts."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__(reasons)

    def __str__(self) -> str:
        remedy = "take it back, take the rows over in @module.on_migrate, or start again with --clear"
        return f"the changed module is not taken up ({'; '.join(self.reasons)}): {remedy}"


def is_interrupt(error: BaseException) -> bool:
    """Whether it is a user's Ctrl-C that happened to arrive inside the module, and not the module's own doing.

    Python raises it in the main thread, at a call or a jump: where a `raise` did it, or in another thread, it is the
    module's.
    """
    if not isinstance(error, KeyboardInterrupt) or threading.current_thread() is not threading.main_thread():
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return False
    code = trace.tb_frame.f_code.co_code
    return dis.opname[code[trace.tb_lasti]] not in ("RAISE_VARARGS", "RERAISE")
