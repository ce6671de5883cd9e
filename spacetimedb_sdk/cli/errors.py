"""Errors of commands: what one can end in, besides the errors of the SDK."""

from __future__ import annotations

from enum import IntEnum

from ..errors import (
    AuthenticationError,
    CommandError,
    ConnectError,
    ConnectionLost,
    DatabaseNotFoundError,
    SpacetimeDBException,
)

__all__ = ["CommandError", "ExitCode", "OutputError", "exit_code"]


class ExitCode(IntEnum):
    """Documented in `--help` and in docs/command-line.md."""

    DONE = 0
    FAILED = 1
    WRONG_COMMAND_LINE = 2
    NO_CONNECTION = 3
    INTERRUPTED = 130


class OutputError(SpacetimeDBException):
    """Standard output does not take what a command prints: `cause` says why."""

    def __init__(self, cause: OSError) -> None:
        self.cause = cause
        super().__init__(cause)


def exit_code(error: SpacetimeDBException) -> ExitCode:
    """A server that is not there has another code than one that refuses."""
    if isinstance(error, AuthenticationError | DatabaseNotFoundError):
        return ExitCode.FAILED
    if isinstance(error, ConnectError | ConnectionLost):
        return ExitCode.NO_CONNECTION
    return ExitCode.FAILED
