"""Beginning anew: a database's files are taken away, unless a server holds them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import StorageError

__all__ = ["clear"]


def clear(path: Path) -> bool:
    """Removes the database file `path` and what lies beside it under its name; whether there was one. StorageError while
    another server holds it, or where it cannot be removed."""
    existed = path.exists()
    if existed:
        _check_free(path)
    # Also what is left of one whose own file is gone.
    for file in sorted(path.parent.glob(f"{path.name}*")):
        try:
            file.unlink()
        except OSError as error:
            raise StorageError(file, f"cannot be removed ({error.strerror})", "remove it yourself") from error
    return existed


def _check_free(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            remedy = "stop that one, or give another --data-dir"
            raise StorageError(path, "is in use by another server", remedy) from error
        # Damaged, or no database at all: no process holds it, and it goes like any other.
    finally:
        connection.close()
