"""Blackholio from a shell: `run_game.py [play|host|bots|replay]`, the title without a word. Exit codes: 0 a proper end, 1 a failure, said in one sentence, 2 usage, 3 no server."""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; `arguments` are those of the process unless given. Returns the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - a copied folder has no installer that would have looked
        raise SystemExit(
            f"Blackholio needs Python 3.11 or newer, this is {'.'.join(map(str, sys.version_info[:3]))}: run it with a newer one"
        )
    from game.launcher.arguments import parser
    from game.launcher.errors import LauncherError, exit_code, sentence
    from game.launcher.own_program import interrupt_on_terminate
    from game.launcher.terminal import notice
    from spacetimedb_sdk.system.console import lasting_output

    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        lasting_output()
    if words[:1] == ["start"]:  # the server that this program starts as a process of its own
        from spacetimedb_sdk.cli import main as sdk_command

        return sdk_command(words)
    # Without a word the window opens at the title; a lone option is one of `play`.
    from_title = not words
    if from_title or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "play")
    options = parser().parse_args(words)
    if options.seed is None:
        options.seed = secrets.randbelow(2**31)
    interrupt_on_terminate()
    # What the SDK logs is shown by this program itself, once and in a player's words; without a handler Python prints it too.
    logging.getLogger("spacetimedb_sdk").addHandler(logging.NullHandler())
    from spacetimedb_sdk import SpacetimeDBException

    try:
        _require_packages(options, from_title=from_title)
        return _command("menu" if from_title else options.command)(options)
    except LauncherError as error:
        notice(str(error))
        return error.code
    except SpacetimeDBException as error:
        notice(sentence(error))
        return exit_code(error)
    except KeyboardInterrupt:
        return 0
    finally:
        _write_missing_report(options)


def _write_missing_report(options: argparse.Namespace) -> None:
    """The report of a game that ended before there was anything to tell, if one was asked for and is not written."""
    path = getattr(options, "report", None)
    if path is None or not path.absolute().parent.is_dir() or path.is_dir():
        return
    from game.launcher.errors import LauncherError
    from game.launcher.files import write_report
    from game.launcher.terminal import notice

    if options.command == "bots":
        from game.bots.report import swarm_report

        report = swarm_report([], seconds=0.0, each_second=[])
    else:
        from game.match.report import PlayReport

        report = PlayReport().to_json()
    try:
        write_report(path, report)
    except LauncherError as error:
        notice(str(error))


def _require_packages(options: argparse.Namespace, *, from_title: bool) -> None:
    """MissingPackageError names at once all that a command needs, what its server needs included."""
    from spacetimedb_sdk.system.requirements import is_installed, require

    own_server = options.command == "host" or (options.command == "play" and options.server is None)
    window = options.command in ("play", "replay")
    if from_title and all(map(is_installed, ("websocket", "pygame"))):
        own_server = False  # the title also joins worlds of others, which takes no server
    extras = ["client", *(["game"] if window else []), *(["server"] if own_server else [])]
    extras += ["inspect"] if getattr(options, "inspect", False) else []
    require("Blackholio", *extras)


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    if name == "host":
        from game.launcher.commands.host import host

        return host
    if name == "bots":
        from game.launcher.commands.bots import bots

        return bots
    if name == "replay":
        from game.launcher.commands.replay import replay

        return replay
    from game.launcher.commands.play import menu, play

    return menu if name == "menu" else play
