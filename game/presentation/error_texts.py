"""What went wrong, in the words of somebody who wants to play."""

from __future__ import annotations

from dataclasses import dataclass

from spacetimedb_sdk import (
    AuthenticationError,
    ConnectError,
    ConnectionLost,
    DatabaseNotFoundError,
    ProtocolError,
    SubscriptionError,
)

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A `headline` of few words, what it `means`, and what the player can do: the `remedy`."""

    headline: str
    means: str
    remedy: str


def explain(error: Exception, *, server: str = "", database: str = "") -> Explanation:
    """What an error means for a player who wanted to play in `database` on `server` (`HOST:PORT`)."""
    match error:
        case DatabaseNotFoundError():
            return Explanation(
                "No such world",
                f"{server} answers, but it has no world called “{database}”.",
                "Check the name of the database: whoever hosts the world can read it off their screen.",
            )
        case AuthenticationError():
            return Explanation(
                "The server does not know you",
                f"{server} does not take the ticket of your last visit.",
                "Try again to join as somebody new.",
            )
        case SubscriptionError():
            return Explanation(
                "Another game",
                f"“{database}” on {server} is no world of Blackholio.",
                "Check the name of the database.",
            )
        case ProtocolError():
            return Explanation(
                "Another version",
                f"The world on {server} is of another version than this game.",
                "Both sides need the same version of the game.",
            )
        case ConnectionLost():
            return Explanation(
                "Connection lost",
                f"{server} is gone.",
                "Join again: your place is kept for you.",
            )
        case ConnectError():
            return _no_way_in(error, server)
        case _:
            return Explanation(
                "That did not work", str(error).splitlines()[0] if str(error) else repr(error), ""
            )


def _no_way_in(error: ConnectError, server: str) -> Explanation:
    """Why there is no connection, from how the SDK says it."""
    host, _, port = server.rpartition(":")
    reason = error.reason
    if "no such host" in reason:
        return Explanation(
            "No such address",
            f"There is no computer called “{host}”.",
            "Check the spelling, or use the numbers that the host's screen shows, like 192.168.1.20.",
        )
    if "nothing listens" in reason:
        return Explanation(
            "Nobody is hosting there",
            f"The computer {host} is there, but nothing answers at port {port}.",
            "Check the port, and that the game is still being hosted.",
        )
    if "no answer within" in reason or "unreachable" in reason.lower():
        return Explanation(
            "No answer",
            f"Nothing came back from {server}.",
            f"Are both computers in the same network? The firewall of the host must let in TCP port {port}.",
        )
    if "version" in reason:
        return Explanation(
            "Another version",
            f"{server} speaks a version that this game does not know.",
            "Both sides need the same version of the game.",
        )
    return Explanation(
        "No world there",
        f"Something answers at {server}, but it is no world of Blackholio.",
        f"Check host and port. ({error.reason.splitlines()[0][:120]})",
    )
