"""A command of this package in a process of its own, beside the program that starts it and no longer than that."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import CommandError

__all__ = ["CommandBeside", "reached_here"]

# A copy inside a game has another name.
_PACKAGE = __package__.rpartition(".")[0]
_FOLDER = Path(__file__).resolve().parents[_PACKAGE.count(".") + 2]
_END_SECONDS = 5.0


class CommandBeside:
    """`python -m spacetimedb_sdk ARGUMENTS --parent`: it has this process' output, and ends when this process does.

    `environment` joins this process' own; what no other user may see stands there, and never among the arguments.
    CommandError where there is no Python to start it with.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        if getattr(sys, "frozen", False):
            raise CommandError(
                f"`{arguments[0]}` needs Python: it cannot be opened from a program that was built without it"
            )
        path = os.environ.get("PYTHONPATH")
        self._process = subprocess.Popen(
            [sys.executable, "-m", _PACKAGE, *arguments, "--parent"],
            stdin=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": f"{_FOLDER}{os.pathsep}{path}" if path else str(_FOLDER),
                **environment,
            },
            # Ctrl-C in a terminal goes to the whole group: it ends in order, when its input closes.
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let it end in order, for at most five seconds. Closing twice is fine."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def reached_here(url: str) -> str:
    """The address under which this machine reaches a server that listens on all of its own."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
