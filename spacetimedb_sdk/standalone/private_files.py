"""Files for their owner's eyes alone: a database, the key that signs tokens, a token. Wider ones are said, and closed."""

from __future__ import annotations

import errno
import logging
import os
import stat
import tempfile
from pathlib import Path

__all__ = [
    "FileIdentity",
    "check_is_file",
    "close_to_others",
    "identity_of",
    "make_private_folder",
    "sync_folder",
    "touch_private",
    "write_once",
]

# The device and the number there: what a file is, whatever it is called.
FileIdentity = tuple[int, int]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_log = logging.getLogger("spacetimedb_sdk.standalone")
# Folders are their owner's to close, so each is said once.
_said: set[Path] = set()


def make_private_folder(folder: Path) -> None:
    """Makes `folder` as 0700, with those above it as usual. One that others may enter is said, once. OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    mode = _mode(folder)
    if mode & _OTHERS and folder.resolve() not in _said:
        _said.add(folder.resolve())
        _log.warning(
            "the folder %s is open to others (mode %04o): `chmod 700` closes it, what is made in it is private",
            folder,
            mode,
        )


def touch_private(path: Path) -> None:
    """Makes an empty file as 0600 where there is none. OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def check_is_file(path: Path) -> None:
    """OSError for what is there and no file, also by way of a link: a device would be closed to everybody, a pipe never opens."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no file", str(path))


def identity_of(file: Path | int) -> FileIdentity | None:
    """Which file is at a path, or open under a number; None where none can be found."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def write_once(path: Path, data: bytes) -> bool:
    """Makes a file with `data` as 0600, whole or not at all and safe from power loss; False where there is one already,
    which stays. OSError."""
    opened, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with open(opened, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(opened)
        try:
            os.link(name, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without links
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
    finally:
        os.unlink(name)
    sync_folder(path.parent)
    return True


def close_to_others(path: Path, *, secret: bool = False) -> None:
    """Takes a file away from all but its owner, where it is there and open to others, and says so; a `secret` may be
    known to them by now."""
    mode = _mode(path)
    if not mode & _OTHERS:
        return
    try:
        path.chmod(mode & ~_OTHERS)
        done = "it is not any more"
    except OSError as error:
        done = f"and cannot be closed ({error.strerror})"
    advice = ": who read it can sign tokens; remove it, and a new one is made" if secret else ""
    _log.warning("%s was open to others (mode %04o), %s%s", path, mode, done, advice)


def _mode(path: Path) -> int:
    if os.name == "nt":  # its modes say nothing of who may read
        return 0
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def sync_folder(folder: Path) -> None:
    """Makes what was created in `folder` outlive the machine's power, where the system can."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(opened)
    except OSError:  # some file systems cannot
        pass
    finally:
        os.close(opened)
