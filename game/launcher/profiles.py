"""Profiles: who one is on which server. Tokens kept by server, database and profile, and a lock that tells a profile in use."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from game.launcher.errors import LauncherError
from game.launcher.files import config_folder, write_atomically
from spacetimedb_sdk.system.file_names import file_stem
from spacetimedb_sdk.system.parsing import parsed_json

__all__ = ["DEFAULT_PROFILE", "Profile", "claim_profile"]

DEFAULT_PROFILE = "default"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_COPIES = 1000


class Profile:
    """A claimed profile: no other process on this machine has it until it is closed or the process ends."""

    def __init__(self, name: str, folder: Path, lock: int) -> None:
        self.name = name
        self.folder = folder
        self._lock: int | None = lock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the profile back; closing twice is fine."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def token(self, server: str, database: str) -> str | None:
        """The token kept for a database of a server, or None."""
        return self._read().get(_key(server, database))

    def keep(self, server: str, database: str, token: str) -> None:
        """Keep a token for the next game; nothing is written when it is the one kept already."""
        tokens = self._read()
        if tokens.get(_key(server, database)) != token:
            self._write({**tokens, _key(server, database): token})

    def forget(self, server: str, database: str) -> None:
        """Drop a token that the server does not take any more."""
        tokens = self._read()
        if tokens.pop(_key(server, database), None) is not None:
            self._write(tokens)

    def _read(self) -> dict[str, str]:
        try:
            # Some editors begin a text with a mark of its encoding.
            tokens = parsed_json(self._path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise LauncherError(
                f"cannot read the tokens in {self._path}: delete the file to start anew"
            ) from error
        if not isinstance(tokens, dict):
            raise LauncherError(f"cannot read the tokens in {self._path}: delete the file to start anew")
        kept = cast("dict[str, object]", tokens)
        return {key: token for key, token in kept.items() if isinstance(token, str)}

    def _write(self, tokens: dict[str, str]) -> None:
        write_atomically(self._path, json.dumps(tokens, indent=2, sort_keys=True) + "\n")

    @property
    def _path(self) -> Path:
        return self.folder / "tokens.json"


def claim_profile(wanted: str = DEFAULT_PROFILE) -> Profile:
    """The wanted profile, or the next free one (`NAME-2`, `NAME-3` ...) while another process has it.

    Raises:
        LauncherError: the name is not one, or the config folder cannot be written to.
    """
    if not _NAME.fullmatch(wanted):
        raise LauncherError(f"--profile {wanted!r}: use up to 64 letters, digits, '.', '_' and '-'")
    for number in range(1, _MOST_COPIES + 1):
        name = wanted if number == 1 else f"{wanted}-{number}"
        folder = config_folder() / "profiles" / file_stem(name)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LauncherError(f"cannot use the profile folder {folder}: {error.strerror}") from error
        if _try_lock(descriptor):
            return Profile(name, folder, descriptor)
        os.close(descriptor)
    raise LauncherError(
        f"all profiles from {wanted} to {wanted}-{_MOST_COPIES} are in use, name another with --profile"
    )


def _try_lock(descriptor: int) -> bool:
    """Lock the file for this process; the system lets go of it when the process dies, however it dies."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _key(server: str, database: str) -> str:
    return f"{server}/{database}"
