"""File names that every system can have, of names that were chosen without a thought of files."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["WINDOWS_DEVICES", "file_stem", "real_path"]

# Names that no file can have on Windows, whatever its ending.
WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)
# What Windows has a meaning of its own for (`a:b` is a stream of the file `a`), and what would lead out of the folder.
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*%]')


def file_stem(name: str) -> str:
    """`name` as the name of a file without its ending, the same on every system: most names are their own, others are
    written with `%` and a number for a letter, or with `_` after a device's name. Names that differ are different
    files, where the system tells them apart by case."""
    stem = _FORBIDDEN.sub(lambda letter: f"%{ord(letter[0]):02x}", name)
    # `con.txt` is the device as well.
    device = stem.split(".", 1)[0].rstrip(" ").lower()
    if device.rstrip("_") in WINDOWS_DEVICES:
        stem = f"{stem}_"
    # Windows leaves out dots and blanks at the end, and `..` is the folder above.
    return f"{stem[:-1]}%{ord(stem[-1]):02x}" if stem.endswith((".", " ")) else stem


def real_path(path: str | Path) -> Path:
    """The whole path, links followed as far as they lead anywhere: `Path.resolve` of Python 3.11 and 3.12 fails in a loop of
    links."""
    return Path(os.path.realpath(path))
