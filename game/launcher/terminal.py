"""The one place that writes to the terminal."""

from __future__ import annotations

import sys

from spacetimedb_sdk.system.plain_text import one_line

__all__ = ["notice", "say", "write_error"]


def say(text: str) -> None:
    """Write one line to standard output; what names and servers say in it cannot act on the terminal."""
    sys.stdout.write(f"{one_line(text)}\n")
    sys.stdout.flush()


def notice(text: str) -> None:
    """Write one line of the program's own to standard error."""
    write_error(f"run_game.py: {text}")


def write_error(line: str) -> None:
    """Write one line to standard error, as `say` does."""
    sys.stderr.write(f"{one_line(line)}\n")
    sys.stderr.flush()
