"""`logs`: what a module wrote, for the owner of its database."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import HttpError
from ..http import HttpClient
from ..sats.readable import when
from ..types import Timestamp
from . import output
from .arguments import whole_number
from .errors import CommandError
from .session import Session, add_server_options

__all__ = ["add_logs"]


def add_logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", metavar="DATABASE", help="its name or identity")
    parser.add_argument(
        "-n",
        "--num-lines",
        metavar="N",
        type=whole_number(0),
        help="only the last N lines (default: all of today)",
    )
    parser.add_argument("-f", "--follow", action="store_true", help="go on with every new line, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="the lines as JSON, which a pipe gets anyway")
    add_server_options(parser)
    parser.set_defaults(run=logs)


def logs(options: argparse.Namespace) -> None:
    session = Session(options.server, options.database, options.token, as_owner=True)
    show = output.json_line if options.json or not output.on_terminal() else _show

    def ask(http: HttpClient) -> None:
        try:
            for entry in http.logs(options.database, num_lines=options.num_lines, follow=options.follow):
                show(entry)
        except HttpError as error:
            # A proxy that lets nobody in answers with a page.
            if (
                error.status == 403 and not error.body.startswith("a web page")
            ) or "does not own" in error.body:
                raise CommandError(
                    f"only the owner of {options.database} may read its logs: give the owner's token with --token, "
                    "or store it with `login` (`start --owner-token FILE` writes it); of what `dev` serves, as the user who runs it, none is needed"
                ) from None
            raise

    session.run(ask)


def _show(entry: Any) -> None:
    output.line(_text(entry))


def _text(entry: Any) -> str:
    """`2026-01-31 12:00:00.000000Z INFO  add_user: hello (src/lib.rs:42)`."""
    place = entry.get("filename")
    number = entry.get("line_number")
    where = f" ({place}:{number})" if place and number else f" ({place})" if place else ""
    function = f"{entry['function']}: " if entry.get("function") else ""
    level = str(entry["level"]).upper()
    return f"{when(Timestamp(entry['ts']))} {level:<5} {function}{entry['message']}{where}"
