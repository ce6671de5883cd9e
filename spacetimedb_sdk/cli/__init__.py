"""`python -m spacetimedb_sdk`: generate bindings, serve a module, and ask a server from a shell.

Errors are one sentence on stderr and an exit code, listed in `--help`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from .. import __version__
from ..errors import SpacetimeDBException
from ..system.command_line import OneSentenceParser
from ..system.console import finished, lasting_output, prepare_output, unwritten
from ..system.plain_text import error_text
from .arguments import options_first
from .errors import ExitCode, OutputError, exit_code
from .output import note

__all__ = ["main"]

# A copy inside a game has another name.
PROGRAM = f"python -m {__package__.rpartition('.')[0]}"

_EXIT_CODES = """exit codes:
  0    done
  1    the server refused, the function failed, or what was given cannot be used
  2    a wrong command line
  3    no server answers there, or the connection was lost
  130  ended by Ctrl-C

On a terminal rows come as a table; in a pipe as lines with tabs between the cells, or JSON lines."""


class _Command(NamedTuple):
    """`home` is the module that adds its arguments, imported when the command is named."""

    home: str
    help: str
    description: str = ""


_COMMANDS = {
    "generate": _Command(
        "generate",
        "write the typed bindings of a module",
        "Write the typed bindings of a module: one file per public table, view, type, reducer and procedure. "
        "Other files in the folder are left alone.",
    ),
    "init": _Command(
        "project.init",
        "write a new game that runs at once",
        "Write a new game: rules, bindings, a client, a bot, tests. The folder is new or empty.",
    ),
    "dev": _Command(
        "project.dev",
        "serve a game's module and follow its changes",
        "Serve the module of the game in this folder, start its client, and follow every change of the files: the module is "
        "taken up again, the bindings are generated, the client is started again. Ctrl-C ends all of it.",
    ),
    "vendor": _Command(
        "project.vendor",
        "copy the SDK into a game",
        "Copy the SDK into a game, as DIR/spacetimedb_sdk, and print the line that installs what it needs.",
    ),
    "publish": _Command(
        "publish",
        "publish a module written in Python on a real SpacetimeDB",
        "Publish a module written in Python on a real SpacetimeDB, which runs it inside the database. Needs the "
        "interpreter (the wheel spacetimedb-python-runtime, or `make runtime`) and the package wasmtime.",
    ),
    "build": _Command(
        "publish",
        "build a module written in Python for a real SpacetimeDB",
        "Build the WebAssembly file that `publish` sends, for other tools.",
    ),
    "describe": _Command("describe", "list what a database has"),
    "call": _Command(
        "call",
        "call a reducer or a procedure",
        "Call a reducer or a procedure. What a procedure returns is printed as JSON.",
    ),
    "sql": _Command("sql", "run one SQL statement"),
    "subscribe": _Command(
        "subscribe",
        "follow rows as JSON lines",
        'Follow rows: one line {"op": "insert", "table": NAME, "row": {...}} for each row there is and each change '
        '(insert, update with "old", delete), until Ctrl-C.',
    ),
    "inspect": _Command(
        "inspector",
        "open a page that shows a database as it lives",
        "Open a page on this machine that shows a database: tables with live rows, plots, calls by forms, SQL, the log, "
        "figures. Private tables, changes by SQL and the log need the owner's token. Ctrl-C ends it.",
    ),
    "logs": _Command("logs", "read a module's log, as the owner of its database"),
    "login": _Command(
        "identity",
        "store a token, to be the same identity from now on",
        "Store a token for a server, or for one database on it: --token TOKEN (- reads it from stdin), or a new "
        "identity's. Prints the identity.",
    ),
    "logout": _Command("identity", "forget stored tokens"),
    "identity": _Command("identity", "list the stored identities, or ask a server who one is"),
}

START_HELP = "serve a module written in Python; `start --help` lists its options (needs the extra `server`)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, that of the process unless `arguments` are given; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        # A server goes on when nothing reads its output.
        (lasting_output if given[:1] in (["start"], ["dev"]) else prepare_output)()
    return finished(_run(given), PROGRAM)


def _run(given: list[str]) -> int:
    try:
        if given[:1] == ["start"]:
            from ..standalone import command

            return command.main(given[1:])
        if given[:1] == ["call"]:
            given[1:] = options_first(given[1:], ("--server", "--token"))
        if not given:
            # To ask for nothing is to ask what there is.
            _parser(given).print_help(sys.stderr)
            return int(ExitCode.WRONG_COMMAND_LINE)
        options = _parser(given).parse_args(given)
        options.run(options)
        return int(ExitCode.DONE)
    except SystemExit as leaving:  # argparse has said what there is to say
        return leaving.code if isinstance(leaving.code, int) else int(ExitCode.FAILED)
    except OutputError as error:
        return (
            int(ExitCode.DONE)
            if isinstance(error.cause, BrokenPipeError)
            else unwritten(error.cause, PROGRAM)
        )
    except SpacetimeDBException as error:
        note(f"{PROGRAM}: {' '.join(error_text(error).split())}")
        return int(exit_code(error))
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """Only the command that is given has its arguments: the others' modules stay unloaded."""
    parser = OneSentenceParser(
        prog=PROGRAM,
        description="SpacetimeDB for Python.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"spacetimedb-python {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in _COMMANDS.items():
        subparser = commands.add_parser(
            name,
            help=command.help,
            description=command.description or f"{command.help[:1].upper()}{command.help[1:]}.",
            epilog=_EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if given[:1] == [name]:
            add: Callable[[argparse.ArgumentParser], None] = getattr(
                import_module(f".{command.home}", __name__), f"add_{name}"
            )
            add(subparser)
    commands.add_parser("start", help=START_HELP, add_help=False)
    return parser
