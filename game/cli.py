"""The door: `run_game.py [play|host|bots|replay]`, the title without a word. Exit codes: 0 a proper end, 1 a failure told in one sentence, 2 usage."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; `arguments` are those of the process unless given. Returns the exit code."""
    from game.door.errors import DoorError, sentence
    from game.door.options import parser
    from game.door.output import notice
    from game.door.stopping import interrupt_on_terminate

    words = list(sys.argv[1:] if arguments is None else arguments)
    # Without a word the window opens at the title; a lone option is one of `play`.
    from_title = not words
    if from_title or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "play")
    options = parser().parse_args(words)
    if options.seed is None:
        options.seed = secrets.randbelow(2**31)
    interrupt_on_terminate()
    from spacetimedb_sdk import SpacetimeDBException

    try:
        return _command("menu" if from_title else options.command)(options)
    except DoorError as error:
        notice(str(error))
        return 1
    except SpacetimeDBException as error:
        notice(sentence(error))
        return 1
    except KeyboardInterrupt:
        return 0


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    if name == "host":
        from game.door.hosting import host

        return host
    if name == "bots":
        from game.door.botting import bots

        return bots
    if name == "replay":
        from game.door.replaying import replay

        return replay
    from game.door.playing import menu, play

    return menu if name == "menu" else play
