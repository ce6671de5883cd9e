"""`login`, `logout` and `identity`: who one is on a server, and who one stays."""

from __future__ import annotations

import argparse
import sys

from ..errors import AuthenticationError
from ..http import HttpClient
from ..types import Identity
from . import output
from .errors import CommandError
from .session import Session, add_server_options
from .tokens import StoredToken, TokenStore, identity_in

__all__ = ["add_identity", "add_login", "add_logout"]


def add_login(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "database",
        metavar="DATABASE",
        nargs="?",
        help="only for this database (default: for the whole server)",
    )
    add_server_options(parser)
    parser.set_defaults(run=login)


def login(options: argparse.Namespace) -> None:
    """Store a token: the given one (`-` reads it from stdin), otherwise that of a new identity."""
    http = HttpClient(options.server)
    store, database = TokenStore(), options.database or ""
    kept = store.kept(http.server_url, database)
    if options.token is None:
        if kept is not None and _is_taken(kept):
            raise CommandError(
                f"you are {kept.identity} there already: `logout` first to be somebody new. What that identity owns is nobody's "
                "without its token"
            )
        issued = http.identity()
        identity, token = issued.identity, issued.token
    else:
        token = (sys.stdin.readline() if options.token == "-" else options.token).strip()
        identity = identity_in(token)
        if not HttpClient(options.server, token).verify(identity):
            raise CommandError(f"{http.server_url} says the token is not that of {identity}: use another one")
    store.add(StoredToken(http.server_url, database, str(identity), token))
    output.line(str(identity))
    if kept is not None and kept.identity != str(identity):
        output.note(f"it takes the place of {kept.identity}, whose token is not kept any more")
    if output.on_terminal():
        output.note(f"logged in at {http.server_url}; the token is kept in {store.path}")


def _is_taken(stored: StoredToken) -> bool:
    """Whether its server still takes the token for that of its identity."""
    try:
        return HttpClient(stored.server, stored.token).verify(Identity.from_string(stored.identity))
    except (AuthenticationError, ValueError):
        return False


def add_logout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", metavar="DATABASE", nargs="?", help="the one that was logged in to")
    parser.add_argument("--server", metavar="URL", help="the server (default: every one)")
    parser.set_defaults(run=logout)


def logout(options: argparse.Namespace) -> None:
    """Forget stored tokens."""
    store = TokenStore()
    server = HttpClient(options.server).server_url if options.server else None
    forgotten = [
        stored
        for stored in store.all()
        if server in (None, stored.server) and options.database in (None, stored.database)
    ]
    if not forgotten:
        raise CommandError("no token is stored there: `identity` lists those there are")
    for stored in forgotten:
        store.remove(stored)
    if output.on_terminal():
        output.note(f"forgot {len(forgotten)} tokens" if len(forgotten) > 1 else "forgot the token")


def add_identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "database",
        metavar="DATABASE",
        nargs="?",
        help="ask the server who one is there (default: list the stored identities)",
    )
    add_server_options(parser)
    parser.set_defaults(run=identity)


def identity(options: argparse.Namespace) -> None:
    if options.database is None:
        rows = [(stored.server, stored.database, stored.identity) for stored in TokenStore().all()]
        output.table(("server", "database", "identity"), rows)
        return
    session = Session(options.server, options.database, options.token)
    if session.token is None:
        raise CommandError(
            f"no token is stored for {options.database} on {session.server_url}: every command has a new identity "
            "there, until `login`"
        )
    output.line(str(session.run(lambda http: http.identity_of(options.database))))
