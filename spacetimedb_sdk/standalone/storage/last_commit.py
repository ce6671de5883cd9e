"""The file beside a database's own that says which commit was the last: what is missing there is noticed by it.

SQLite drops the end of a write-ahead log from the first frame that is not as it was written, without a word; and an older
file that is put back is as whole as a newer one. So the last position, and the chain of hashes up to it, are kept apart.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from zlib import crc32

from ..errors import StorageError
from ..private_files import check_is_file, close_to_others, identity_of, sync_folder

__all__ = ["LastCommit"]

_log = logging.getLogger("spacetimedb_sdk.standalone")
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write two bytes for a line feed


class LastCommit:
    """The file `path`: one line of always the same length, overwritten with each group of commits after they were
    written. It is synced at checkpoints alone: after a loss of power it may say less than there is, never more under
    "full". StorageError where it cannot serve."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def read(self) -> tuple[int, bytes] | None:
        """The last position and chain, None where there is no such file. StorageError for one that is damaged."""
        try:
            check_is_file(self.path)
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        words = data.split()
        try:
            position, chain, checksum = int(words[0]), bytes.fromhex(words[1].decode()), int(words[2], 16)
        except (IndexError, ValueError):
            position, chain, checksum = 0, b"", -1
        if checksum != crc32(b" ".join(words[:2])) or data != _line(position, chain):
            raise StorageError(self.path, "is damaged", "restore the folder from a backup, or --accept-loss")
        return position, chain

    def open(self, position: int, chain: bytes) -> None:
        """Makes the file where there is none, and writes to it. From here on `write` may be called."""
        try:
            check_is_file(self.path)
            close_to_others(self.path)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
            self.write(position, chain)
            # Not emptied first: a kill in between would leave nothing to read.
            os.ftruncate(self._file, len(_line(position, chain)))
        except OSError as error:
            raise self._unusable(error) from error
        self.sync()
        sync_folder(self.path.parent)

    def write(self, position: int, chain: bytes) -> None:
        """The commit at `position` was written; in place, and at once for the next process that opens the file."""
        assert self._file is not None
        try:
            _write_at_start(self._file, _line(position, chain))
        except OSError as error:
            raise self._unusable(error) from error

    def check_place(self, position: int, chain: bytes) -> None:
        """Makes the file anew where it was removed or replaced: it says nothing that is not known."""
        if self._file is not None and identity_of(self.path) != identity_of(self._file):
            _log.warning("%s was removed or replaced while the server ran: it is made anew", self.path)
            self.close()
            self.open(position, chain)

    def sync(self) -> None:
        if self._file is not None:
            try:
                os.fsync(self._file)
            except OSError as error:
                raise self._unusable(error) from error

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _unusable(self, error: OSError) -> StorageError:
        return StorageError(self.path, f"cannot be used ({error.strerror})", "give another --data-dir")


def _seek_and_write(file: int, data: bytes) -> None:
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, data)


def _pwrite(file: int, data: bytes) -> None:
    os.pwrite(file, data, 0)


# Windows has no pwrite; elsewhere it is one call to the system for each group of commits instead of two.
_write_at_start = _pwrite if hasattr(os, "pwrite") else _seek_and_write


def _line(position: int, chain: bytes) -> bytes:
    said = b"%020d %s" % (position, chain.hex().encode())
    return b"%s %08x\n" % (said, crc32(said))
