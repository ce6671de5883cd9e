"""Errors: the failures that the command line tells in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacetimedb_sdk import SpacetimeDBException

__all__ = ["LauncherError", "exit_code", "sentence"]


class LauncherError(Exception):
    """Something that a person can put right; the text is one sentence that says how, `code` the exit code."""

    def __init__(self, text: str, *, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def exit_code(error: SpacetimeDBException) -> int:
    """3 when no server answers or the connection was lost, as the SDK's command line has it; 1 for anything else."""
    from spacetimedb_sdk import AuthenticationError, ConnectError, ConnectionLost, DatabaseNotFoundError

    if isinstance(error, AuthenticationError | DatabaseNotFoundError):
        return 1
    return 3 if isinstance(error, ConnectError | ConnectionLost) else 1


def sentence(error: SpacetimeDBException) -> str:
    """What the SDK says, with what it means for a player."""
    from spacetimedb_sdk import ConnectionLost, ProtocolError, SubscriptionError

    text = str(error).replace("\n", " ")
    if isinstance(error, SubscriptionError):
        return f"this database is no Blackholio world, name another with --database ({text})"
    if isinstance(error, ConnectionLost):
        return f"{text}; start again to come back as the same player"
    if isinstance(error, ProtocolError):
        return f"{text}; is it a SpacetimeDB, with the Blackholio module of this version?"
    return text
