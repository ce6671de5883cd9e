"""Whole files: what is written is there in one step, so that a reader finds the old content or the new, never a part."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

__all__ = ["is_stream", "write_whole"]


def write_whole(path: Path, text: str, *, private: bool) -> None:
    """Put `text` at `path` in UTF-8, with `\\n` for line ends; the folder is made where there is none.

    A `private` file is for its owner alone (mode 0600), any other as files usually are. A link stays one: what it leads to
    is written. OSError.
    """
    path = Path(os.path.realpath(path))
    if is_stream(path):
        with open(path, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the file: only within one file system is a replacement one step. mkstemp makes it for its owner alone.
    descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if not private:
            os.chmod(scratch, _usual_mode(path))
        os.replace(scratch, path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def is_stream(path: Path) -> bool:
    """Whether a device or a pipe is there, such as `/dev/stdout`: it takes what is written, and is replaced by nothing."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _usual_mode(path: Path) -> int:
    """That of the file that is there, or what the process gives new files."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0o022)  # it can only be read by setting it
        os.umask(mask)
        return 0o666 & ~mask
