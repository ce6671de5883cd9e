"""Error texts: what went wrong, in the words of a player."""

from __future__ import annotations

from dataclasses import dataclass

from game.language import N_, gettext
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
            return _not_connected(error, server)
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


# Headline, meaning and remedy of each cause that a player can do something about.
_CAUSES = {
    ConnectCause.UNKNOWN_HOST: (
        N_("No such address"),
        N_("There is no computer called “{host}”."),
        N_("Check the spelling, or use the numbers that the host's screen shows, like 192.168.1.20."),
    ),
    ConnectCause.REFUSED: (
        N_("Nobody is hosting there"),
        N_("The computer {host} is there, but nothing answers at port {port}."),
        N_("Check the port, and that the game is still being hosted."),
    ),
    ConnectCause.TIMED_OUT: (
        N_("No answer"),
        N_("Nothing came back from {server}."),
        N_("Are both computers in the same network? The firewall of the host must let in TCP port {port}."),
    ),
    ConnectCause.VERSION: (
        N_("Another version"),
        N_("{server} speaks a version that this game does not know."),
        N_("Both sides need the same version of the game."),
    ),
    ConnectCause.TLS: (
        N_("No secure connection"),
        N_("{server} cannot prove who it is, or speaks without encryption."),
        N_("Check whether the address begins with https:// or http://."),
    ),
    ConnectCause.REJECTED: (
        N_("The world turned you away"),
        N_("{server} let you in and sent you away at once."),
        N_("Ask who hosts the world whether you may join, or try again later."),
    ),
    ConnectCause.FORBIDDEN: (
        N_("You may not join"),
        N_("{server} does not let you in."),
        N_("Ask who hosts the world whether you may."),
    ),
    ConnectCause.UNAVAILABLE: (
        N_("Not now"),
        N_("{server} is there, but cannot serve anybody at the moment."),
        N_("Try again later."),
    ),
}
_CAUSES[ConnectCause.UNREACHABLE] = _CAUSES[ConnectCause.TIMED_OUT]
_NO_WORLD = (
    N_("No world there"),
    N_("Something answers at {server}, but it is no world of Blackholio."),
    N_("Check host and port. ({reason})"),
)


def _not_connected(error: ConnectError, server: str) -> Explanation:
    """Why there is no connection, by the cause that the SDK names."""
    host, port = _host_and_port(server)
    reason = error.reason.partition("\n")[0][:120]
    headline, means, remedy = _CAUSES.get(error.cause, _NO_WORLD)
    if error.cause is ConnectCause.FORBIDDEN and error.detail:
        means, reason = N_("{server} does not let you in: “{reason}”."), error.detail
    means, remedy = (
        gettext(text).format(host=host, port=port, server=server, reason=reason) for text in (means, remedy)
    )
    return Explanation(gettext(headline), means, remedy)
