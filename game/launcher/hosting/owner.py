"""The owner of a hosted world: whoever has its token, which lies beside its data, may turn players away and let them in again."""

from __future__ import annotations

from pathlib import Path

from game.launcher.errors import LauncherError
from game.match.launcher_ports import Removed
from spacetimedb_sdk import Identity

__all__ = ["WorldOwner", "owner_token_file"]

_TIMEOUT = 5.0


def owner_token_file(data_dir: Path, database: str) -> Path:
    """Where the server writes the owner's token, readable by this user alone. It is the same owner at each start."""
    return data_dir / f"{database}.owner-token"


class WorldOwner:
    """What the host of a world may do, on any thread; each call asks the server, which takes a moment.

    Raises:
        LauncherError: there is no token that can be read.
        SpacetimeDBException: the server does not do it.
    """

    def __init__(self, address: str, database: str, token_file: Path) -> None:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise LauncherError(f"cannot read the owner's token {token_file}: {error}") from error
        from spacetimedb_sdk.http import HttpClient  # not needed by who does not host, and slow to import

        self._server = HttpClient(f"http://{address}", token, timeout=_TIMEOUT)
        self._database = database
        # The server knows no names: those of who was removed are kept as long as their bans, until it ends.
        self._names: dict[Identity, str] = {}

    def remove(self, identity: Identity, name: str, minutes: int | None = None) -> None:
        """Out with a player, who is told so, for so many minutes or until the world is closed."""
        for_how_long = "" if minutes is None else f" for {minutes} minute{'' if minutes == 1 else 's'}"
        self._server.ban(
            self._database,
            identity,
            reason=f"the host has removed you from this world{for_how_long}",
            seconds=None if minutes is None else minutes * 60.0,
        )
        self._names[identity] = name

    def let_in(self, identity: Identity) -> None:
        """A player who was removed may come again."""
        self._server.lift_ban(self._database, identity)

    def removed(self) -> tuple[Removed, ...]:
        """Who may not come in at present."""
        return tuple(
            Removed(ban.identity, self._names.get(ban.identity, ""), ban.seconds_left)
            for ban in self._server.bans(self._database)
        )
