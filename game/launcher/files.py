"""Files that are either whole or not there, and the folder where the game keeps its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from game.language import gettext
from game.launcher.errors import LauncherError
from spacetimedb_sdk.system.whole_files import write_whole

__all__ = ["config_folder", "require_parent_folder", "write_atomically", "write_report"]


def config_folder() -> Path:
    """The folder for tokens and keys: `BLACKHOLIO_CONFIG_DIR`, else `blackholio` in the platform's config folder."""
    override = os.environ.get("BLACKHOLIO_CONFIG_DIR")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "blackholio"


def require_parent_folder(path: Path, option: str) -> None:
    """Complain before the game, not after it, that a file cannot be written.

    Raises:
        LauncherError: the folder of `path` does not exist, or `path` is a folder itself.
    """
    if not path.absolute().parent.is_dir():
        raise LauncherError(
            f"{option} {path}: the folder {path.absolute().parent} does not exist, create it first"
        )
    if path.is_dir():
        raise LauncherError(f"{option} {path}: this is a folder, name a file in it")


def write_atomically(path: Path, text: str) -> None:
    """Put `text` at `path` at once, readable by the owner alone (mode 0600 where the platform has modes).

    Raises:
        LauncherError: the folder cannot be written to.
    """
    try:
        write_whole(path, text, private=True)
    except OSError as error:
        raise LauncherError(
            gettext("cannot write {path}: {reason}").format(path=path, reason=error.strerror)
        ) from error


def write_report(path: Path, report: Mapping[str, object]) -> None:
    """Write one JSON object."""
    write_atomically(path, json.dumps(report, indent=2) + "\n")
