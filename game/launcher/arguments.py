"""Arguments of `run_game.py`: its commands and their options."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from game.launcher.errors import LauncherError
from game.launcher.invitation import DEFAULT_DATABASE, DEFAULT_PORT, read_invitation, server_address
from game.launcher.rule_sets import DEFAULT_RULES, rule_sets
from game.match.settings import DIFFICULTIES
from spacetimedb_sdk import __version__
from spacetimedb_sdk.system.command_line import OneSentenceParser

__all__ = ["DEFAULT_DIFFICULTY", "parser"]

DEFAULT_DIFFICULTY = "normal"
# More than one machine plays, and a slip of the key is noticed.
_MOST_BOTS = 1000


class _Invitation(argparse.Action):
    """Server and database out of what names them: an address, a URL, a whole message of a chat."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        try:
            namespace.server, namespace.database = read_invitation(str(values), namespace.database)
        except LauncherError as error:
            raise argparse.ArgumentError(self, str(error)) from None


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; the namespace's `command` is `play`, `host`, `bots` or `replay`."""
    root = OneSentenceParser(
        prog="run_game.py", description="Blackholio: eat, grow, split, and do not be eaten."
    )
    root.add_argument(
        "--version", action="version", version=f"Blackholio with spacetimedb-python {__version__}"
    )
    commands = root.add_subparsers(
        dest="command",
        required=True,
        metavar="play|host|bots|replay",
        help="without a command: the title screen",
    )
    _add_play(commands.add_parser("play", help="play in a window, alone with bots or on a server"))
    _add_host(commands.add_parser("host", help="run a server for others to join"))
    _add_bots(commands.add_parser("bots", help="let bots join a server"))
    _add_replay(commands.add_parser("replay", help="watch a match that was recorded with play --record"))
    return root


def _add_play(play: argparse.ArgumentParser) -> None:
    play.description = "Play. Without --server the game starts a server of its own and ends it afterwards."
    play.add_argument(
        "--server",
        action=_Invitation,
        metavar="HOST[:PORT]",
        help="join this server; also https://HOST/PATH, or a message with an address in it",
    )
    _add_database(play)
    play.add_argument("--name", help="play under this name instead of being asked")
    play.add_argument(
        "--bots",
        type=bot_count,
        metavar="N",
        help="bots that join in (default: as many as in the last world, or as go with their strength; with --server none)",
    )
    # Who has never chosen gets calm ones.
    _add_difficulty(play, None, "the one of the last world, calm at first")
    _add_rules(
        play, "what is played by, without --server", f"those of the last world, {DEFAULT_RULES} at first"
    )
    _add_seed(play)
    play.add_argument("--profile", default="default", help="whose token to use (default: %(default)s)")
    _add_announce(play)
    play.add_argument("--headless", action="store_true", help="no window; the game steers by itself")
    _add_seconds(play)
    play.add_argument("--record", type=Path, metavar="FILE.jsonl", help="keep the match for `replay`")
    play.add_argument("--screenshot", type=Path, metavar="FILE.png", help="keep the last frame")
    _add_report(play)


def _add_replay(replay: argparse.ArgumentParser) -> None:
    replay.description = "Watch a recorded match: Space pauses, up and down change the speed."
    replay.add_argument("file", type=Path, metavar="FILE.jsonl", help="what play --record has written")
    replay.add_argument("--headless", action="store_true", help="no window")
    _add_seconds(replay)
    replay.add_argument("--screenshot", type=Path, metavar="FILE.png", help="keep the last frame")
    _add_seed(replay)


def _add_host(host: argparse.ArgumentParser) -> None:
    host.description = "Run a server in the foreground until Ctrl-C."
    host.add_argument(
        "--listen",
        type=server_address,
        default=f"127.0.0.1:{DEFAULT_PORT}",
        metavar="HOST:PORT",
        help="0.0.0.0:3000 lets other machines join (default: %(default)s)",
    )
    _add_database(host)
    host.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="the folder that keeps the world and the server's signing key",
    )
    host.add_argument("--in-memory", action="store_true", help="a new world at every start")
    _add_rules(host, "what is played by: a world that was begun keeps its rules")
    host.add_argument(
        "--world-name", metavar="NAME", help="what others on the network see it as (default: this machine's)"
    )
    _add_announce(host)
    host.add_argument(
        "--inspect", action="store_true", help="open a page on this machine that shows the world"
    )
    host.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="what players may make the server hold, as `connections=500`; may be repeated",
    )
    _add_seed(host)


def _add_bots(bots: argparse.ArgumentParser) -> None:
    bots.description = "Let bots play on a server until Ctrl-C."
    bots.add_argument(
        "--server",
        action=_Invitation,
        default=f"127.0.0.1:{DEFAULT_PORT}",
        metavar="HOST[:PORT]",
        help="default: %(default)s",
    )
    _add_database(bots)
    bots.add_argument("--count", type=bot_count, default=10, metavar="N", help="default: %(default)s")
    # The bots of the seed that another process has.
    bots.add_argument("--skip", type=int, default=0, help=argparse.SUPPRESS)
    _add_seconds(bots)
    _add_seed(bots)
    _add_report(bots)
    _add_difficulty(bots, DEFAULT_DIFFICULTY, "%(default)s")
    bots.add_argument(
        "--brain",
        metavar="PACKAGE.MODULE:FUNCTION",
        help="decide with function(observation, personality) -> Intent",
    )
    bots.add_argument(
        "--processes",
        type=process_count,
        default=1,
        metavar="N",
        help="share the bots among so many processes",
    )
    load = bots.add_mutually_exclusive_group()
    load.add_argument(
        "--rate", type=positive_rate, metavar="HZ", help="every bot calls so often a second, answered or not"
    )
    load.add_argument(
        "--in-turn", action="store_true", help="every bot calls as soon as its last call is answered"
    )
    bots.add_argument("--parent", action="store_true", help=argparse.SUPPRESS)
    bots.add_argument("--figures", action="store_true", help=argparse.SUPPRESS)


def _add_database(command: argparse.ArgumentParser) -> None:
    command.add_argument("--database", default=DEFAULT_DATABASE, metavar="NAME", help="default: %(default)s")


def _add_seed(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--seed",
        type=seed_number,
        metavar="N",
        help="the same seed gives the same chances (default: another each time)",
    )


def _add_difficulty(command: argparse.ArgumentParser, default: str | None, default_text: str) -> None:
    command.add_argument(
        "--difficulty",
        choices=DIFFICULTIES,
        default=default,
        help=f"how strong the bots are (default: {default_text})",
    )


def _add_rules(command: argparse.ArgumentParser, what: str, default_text: str = DEFAULT_RULES) -> None:
    # Without a default: it makes a difference whether a world has to have these rules.
    command.add_argument("--rules", choices=rule_sets(), help=f"{what} (default: {default_text})")


def _add_seconds(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seconds", type=positive_seconds, metavar="S", help="end after this time")


def _add_announce(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--no-announce",
        dest="announce",
        action="store_false",
        help="do not tell the local network of a world that others may join",
    )


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--report", type=Path, metavar="FILE.json", help="write the numbers of the game")


def bot_count(text: str) -> int:
    """0 to 1000."""
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST_BOTS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {_MOST_BOTS}")
    return int(text)


def process_count(text: str) -> int:
    """1 to 64."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 64")
    return int(text)


def positive_rate(text: str) -> float:
    """Above 0, at most 1,000 a second."""
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0.0 < rate <= 1000.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls a second above 0, at most 1000")
    return rate


def seed_number(text: str) -> int:
    """0 to 2^63 - 1."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return int(text)


def positive_seconds(text: str) -> float:
    """A finite number above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0.0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds
