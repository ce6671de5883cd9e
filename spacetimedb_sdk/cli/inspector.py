"""`inspect`: a page that shows a database, on this machine alone."""

from __future__ import annotations

import argparse
import os

from ..errors import CommandError
from ..http import HttpClient
from ..system.requirements import require
from . import output
from .session import Session, add_server_options
from .tokens import identity_in

__all__ = ["add_inspect"]


def add_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "database",
        metavar="DATABASE",
        nargs="?",
        default=os.environ.get("SPACETIMEDB_DATABASE") or None,
        help="its name or identity (default: $SPACETIMEDB_DATABASE, or the only one that the token owns)",
    )
    parser.add_argument(
        "--port", metavar="PORT", type=int, help="of the page (default: 3700, or any that is free)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--parent", action="store_true", help="end when stdin closes")
    add_server_options(parser)
    parser.set_defaults(run=inspect)


def inspect(options: argparse.Namespace) -> None:
    require("the inspector", "inspect")
    from ..inspector.program import serve_page

    session = Session(options.server, options.database or "", options.token, as_owner=True)
    database = options.database or session.run(lambda http: _only_database(session, http))
    if options.database:
        # A server or a database that is not there is told here, in place of on a page.
        session.run(lambda http: http.database(database))

    def ready(address: str) -> None:
        output.line(f"inspect {address}")

    serve_page(
        session.server_url,
        database,
        session.token,
        port=options.port,
        ready=ready,
        open_browser=options.open,
        parent=options.parent,
    )


def _only_database(session: Session, http: HttpClient) -> str:
    """The one that the token's identity owns. CommandError where there is not exactly one."""
    if session.token is None:
        raise CommandError(
            "which database? Name it, as in `inspect shop`, or give the token of its owner with --token"
        )
    owned = [
        next(iter(http.names(str(database))), str(database))
        for database in http.databases(identity_in(session.token))
    ]
    if len(owned) != 1:
        raise CommandError(
            f"which database? Name it, as in `inspect shop`; this token owns {', '.join(owned) or 'none'}"
        )
    return owned[0]
