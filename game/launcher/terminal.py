"""The one place that writes to the terminal."""

from __future__ import annotations

import sys

__all__ = ["notice", "say", "write_error"]


def say(text: str) -> None:
    """Write one line to standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def notice(text: str) -> None:
    """Write one line of the program's own to standard error."""
    write_error(f"run_game.py: {text}")


def write_error(line: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
