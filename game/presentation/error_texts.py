"""What went wrong, in the words of a player."""

from __future__ import annotations

from dataclasses import dataclass

from game.language import gettext
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
                gettext("No such world"),
                gettext("{server} answers, but it has no world called “{database}”.").format(
                    server=server, database=database
                ),
                gettext(
                    "Check the name of the database: whoever hosts the world can read it off their screen."
                ),
            )
        case AuthenticationError():
            return Explanation(
                gettext("The server does not know you"),
                gettext("{server} does not take the sign-in of your last visit.").format(server=server),
                gettext("Try again to join as somebody new."),
            )
        case SubscriptionError():
            return Explanation(
                gettext("Another game"),
                gettext("“{database}” on {server} is no world of Blackholio.").format(
                    database=database, server=server
                ),
                gettext("Check the name of the database."),
            )
        case ProtocolError():
            return Explanation(
                gettext("Another version"),
                gettext("The world on {server} is of another version than this game.").format(server=server),
                gettext("Both sides need the same version of the game."),
            )
        case ConnectionLost():
            return Explanation(
                gettext("Connection lost"),
                gettext("{server} is gone.").format(server=server),
                gettext("Join again: your place is kept for you."),
            )
        case ConnectError():
            return _no_way_in(error, server)
        case _:
            return Explanation(
                gettext("That did not work"), str(error).splitlines()[0] if str(error) else repr(error), ""
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
                gettext("No such address"),
                gettext("There is no computer called “{host}”.").format(host=host),
                gettext(
                    "Check the spelling, or use the numbers that the host's screen shows, like 192.168.1.20."
                ),
            )
        case ConnectCause.REFUSED:
            return Explanation(
                gettext("Nobody is hosting there"),
                gettext("The computer {host} is there, but nothing answers at port {port}.").format(
                    host=host, port=port
                ),
                gettext("Check the port, and that the game is still being hosted."),
            )
        case ConnectCause.TIMED_OUT | ConnectCause.UNREACHABLE:
            return Explanation(
                gettext("No answer"),
                gettext("Nothing came back from {server}.").format(server=server),
                gettext(
                    "Are both computers in the same network? The firewall of the host must let in TCP port {port}."
                ).format(port=port),
            )
        case ConnectCause.VERSION:
            return Explanation(
                gettext("Another version"),
                gettext("{server} speaks a version that this game does not know.").format(server=server),
                gettext("Both sides need the same version of the game."),
            )
        case ConnectCause.TLS:
            return Explanation(
                gettext("No secure connection"),
                gettext("{server} cannot prove who it is, or speaks without encryption.").format(
                    server=server
                ),
                gettext("Check whether the address begins with https:// or http://."),
            )
        case ConnectCause.REJECTED:
            return Explanation(
                gettext("The world turned you away"),
                gettext("{server} let you in and sent you away at once.").format(server=server),
                gettext("Ask who hosts the world whether you may join, or try again later."),
            )
        case ConnectCause.FORBIDDEN:
            means = gettext("{server} does not let you in.")
            if error.detail:
                means = gettext("{server} does not let you in: “{reason}”.")
            return Explanation(
                gettext("You may not join"),
                means.format(server=server, reason=error.detail),
                gettext("Ask who hosts the world whether you may."),
            )
        case ConnectCause.UNAVAILABLE:
            return Explanation(
                gettext("Not now"),
                gettext("{server} is there, but cannot serve anybody at the moment.").format(server=server),
                gettext("Try again later."),
            )
        case _:
            return Explanation(
                gettext("No world there"),
                gettext("Something answers at {server}, but it is no world of Blackholio.").format(
                    server=server
                ),
                gettext("Check host and port. ({reason})").format(reason=error.reason.splitlines()[0][:120]),
            )
