"""Session: which server, as whom; what every command that asks a server begins with."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TypeVar

from ..errors import AuthenticationError, CommandError
from ..http import HttpClient
from . import output
from .tokens import StoredToken, TokenStore, served_by_dev

__all__ = ["DEFAULT_SERVER", "Session", "add_server_options", "token_given"]

DEFAULT_SERVER = "http://127.0.0.1:3000"

T = TypeVar("T")


def add_server_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--server",
        metavar="URL",
        default=os.environ.get("SPACETIMEDB_SERVER") or DEFAULT_SERVER,
        help="the server (default: $SPACETIMEDB_SERVER, or %(default)s)",
    )
    parser.add_argument(
        "--token",
        metavar="TOKEN",
        default=None,
        help="act as the owner of this token (default: $SPACETIMEDB_TOKEN, or what `login` stored)",
    )


def token_given(token: str | None) -> str | None:
    """The token of the command line, otherwise the environment's; None where neither says one.

    CommandError for `--token ""`, which a shell makes of a file that is not there: the command would be done as somebody else.
    """
    if token is None:
        return os.environ.get("SPACETIMEDB_TOKEN", "").strip() or None
    if not token.strip():
        raise CommandError("--token is empty: give a token, or leave --token out to be who `login` stored")
    return token.strip()


class Session:
    """A server and a database, with the token to use there: the given one, the environment's, or the stored one.

    `as_owner`: where there is none, that of the owner of what `dev` serves on this machine.
    """

    def __init__(
        self, server: str, database: str, token: str | None = None, *, as_owner: bool = False
    ) -> None:
        self.store = TokenStore()
        self.database = database
        self.server_url = HttpClient(server).server_url
        self._given = token_given(token)
        self.stored: StoredToken | None = None
        if self._given is None:
            self.stored = self.store.find(self.server_url, database)
        # A token kept for the whole server is that of some other database; the owner of this one goes before it.
        if as_owner and self._given is None and (self.stored is None or not self.stored.database):
            owners = served_by_dev()
            owner = owners.find(self.server_url.replace("//localhost:", "//127.0.0.1:"), database)
            if owner is not None:
                self.store, self.stored = owners, owner

    @property
    def token(self) -> str | None:
        """None makes the server give a new identity."""
        return self._given or (self.stored.token if self.stored else None)

    @property
    def http(self) -> HttpClient:
        return HttpClient(self.server_url, self.token)

    def run(self, action: Callable[[HttpClient], T]) -> T:
        """`action` with a client. A stored token that the server refuses is forgotten, and no token used instead."""
        try:
            return action(self.http)
        except AuthenticationError:
            if self.stored is None:
                raise
            self.store.remove(self.stored)
            # What `dev` left behind when it was killed is not all there is.
            kept = TokenStore()
            others = kept.find(self.server_url, self.database) if self.store.path != kept.path else None
            self.store, self.stored = kept, others
            output.note(
                f"{self.server_url} refused the stored token: it is forgotten, going on "
                + ("without one" if others is None else "with the one kept by `login`")
            )
            return self.run(action)
