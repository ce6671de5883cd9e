"""A command of this package in a process of its own, beside the program that starts it and no longer than that."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import CommandError
from .process_beside import ProcessBeside

__all__ = ["CommandBeside", "reached_here"]

# A copy inside a game has another name.
_PACKAGE = __package__.rpartition(".")[0]
_FOLDER = Path(__file__).resolve().parents[_PACKAGE.count(".") + 2]


class CommandBeside(ProcessBeside):
    """`python -m spacetimedb_sdk ARGUMENTS --parent`: it has this process' output, and ends when this process does.

    What no other user may see stands in `environment`, which joins this process' own, and never among the arguments.
    CommandError where there is no Python to start it with.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        if getattr(sys, "frozen", False):
            raise CommandError(
                f"`{arguments[0]}` needs Python: it cannot be opened from a program that was built without it"
            )
        super().__init__([sys.executable, "-m", _PACKAGE, *arguments, "--parent"], _FOLDER, environment)


def reached_here(url: str) -> str:
    """The address under which this machine reaches a server that listens on all of its own."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
