"""This program's own command: from a checkout, from a zip file, or as a build of PyInstaller."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["ROOT", "own_command"]

# The checkout's folder, or the zip file that Python runs.
ROOT = Path(__file__).resolve().parents[2]


def own_command(*arguments: str) -> list[str]:
    """What starts this program again with other arguments."""
    if getattr(sys, "frozen", False):  # there is no Python to give a file to: the program is the executable
        return [sys.executable, *arguments]
    script = ROOT if ROOT.is_file() else ROOT / "run_game.py"
    return [sys.executable, str(script), *arguments]
