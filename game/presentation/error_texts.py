"""What went wrong, in the words of a player."""

from __future__ import annotations

from dataclasses import dataclass

from spacetimedb_sdk import (
    AuthenticationError,
    ConnectCause,
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


def _host_and_port(server: str) -> tuple[str, str]:
    """Of `HOST:PORT`, or of a URL."""
    scheme, separator, rest = server.rpartition("://")
    host, colon, port = rest.partition("/")[0].rpartition(":")
    if colon and not port.endswith("]"):
        return host, port
    return (host + colon + port, "443" if scheme == "https" else "80") if separator else (host, port)


def _no_way_in(error: ConnectError, server: str) -> Explanation:
    """Why there is no connection, by the cause that the SDK names."""
    host, port = _host_and_port(server)
    match error.cause:
        case ConnectCause.UNKNOWN_HOST:
            return Explanation(
                "No such address",
                f"There is no computer called “{host}”.",
                "Check the spelling, or use the numbers that the host's screen shows, like 192.168.1.20.",
            )
        case ConnectCause.REFUSED:
            return Explanation(
                "Nobody is hosting there",
                f"The computer {host} is there, but nothing answers at port {port}.",
                "Check the port, and that the game is still being hosted.",
            )
        case ConnectCause.TIMED_OUT | ConnectCause.UNREACHABLE:
            return Explanation(
                "No answer",
                f"Nothing came back from {server}.",
                f"Are both computers in the same network? The firewall of the host must let in TCP port {port}.",
            )
        case ConnectCause.VERSION:
            return Explanation(
                "Another version",
                f"{server} speaks a version that this game does not know.",
                "Both sides need the same version of the game.",
            )
        case ConnectCause.TLS:
            return Explanation(
                "No secure connection",
                f"{server} cannot prove who it is, or speaks without encryption.",
                "Check whether the address begins with https:// or http://.",
            )
        case ConnectCause.REJECTED:
            return Explanation(
                "The world turned you away",
                f"{server} let you in and sent you away at once.",
                "Ask who hosts the world whether you may join, or try again later.",
            )
        case ConnectCause.FORBIDDEN:
            said = f": “{error.detail}”." if error.detail else "."
            return Explanation(
                "You may not join",
                f"{server} does not let you in{said}",
                "Ask who hosts the world whether you may.",
            )
        case ConnectCause.UNAVAILABLE:
            return Explanation(
                "Not now", f"{server} is there, but cannot serve anybody at the moment.", "Try again later."
            )
        case _:
            return Explanation(
                "No world there",
                f"Something answers at {server}, but it is no world of Blackholio.",
                f"Check host and port. ({error.reason.splitlines()[0][:120]})",
            )
