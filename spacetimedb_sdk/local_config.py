"""Settings of a program in a file, such as the auth token that makes a returning user the same identity.

    from spacetimedb_sdk import local_config

    local_config.init(".my_game")
    auth_token = local_config.get_string("auth_token")
    ...
    local_config.set_string("auth_token", auth_token)

By default the file is `.spacetime_python_sdk/settings.ini` in the home directory. A program started with `--client NAME`
uses `settings_NAME.ini`, so that two copies of it can be two users. The file can be read by its owner only.
"""

from __future__ import annotations

import configparser
import io
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from .errors import ConfigError
from .whole_files import write_whole

__all__ = ["get_string", "init", "set_config", "set_string"]

_SECTION = "main"


class _Settings:
    """What `init` read, and where it belongs."""

    def __init__(self, path: Path, parser: configparser.ConfigParser) -> None:
        self.path = path
        self.parser = parser

    def save(self) -> None:
        """Replace the file in one step: whoever reads it finds the old or the new settings, whole."""
        text = io.StringIO()
        self.parser.write(text)
        try:
            write_whole(self.path, text.getvalue(), private=True)
        except OSError as error:
            raise ConfigError(f"cannot write the settings {self.path}: {error.strerror or error}") from error


_settings: _Settings | None = None


def init(
    config_folder: str | None = None,
    config_file: str | None = None,
    config_root: str | None = None,
    config_defaults: Mapping[str, str] | None = None,
) -> None:
    """Read the settings file; where there is none yet, begin with `config_defaults`.

    ConfigError for a file that cannot be read. One that is not in the format is set aside under another name, which
    the error tells; calling again begins afresh.
    """
    global _settings
    name = config_file or "settings.ini"
    root = Path(config_root) if config_root is not None else Path.home()
    path = root / (config_folder or ".spacetime_python_sdk") / _for_client(name)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        text = path.read_text(encoding="utf-8")
        parser.read_string(text, source=str(path))
    except FileNotFoundError:
        parser[_SECTION] = dict(config_defaults or {})
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigError(_set_aside(path, error)) from error
    except OSError as error:
        raise ConfigError(f"cannot read the settings {path}: {error.strerror or error}") from error
    if not parser.has_section(_SECTION):
        parser.add_section(_SECTION)
    _settings = _Settings(path, parser)


def get_string(key: str) -> str | None:
    """The setting, or None. ConfigError before `init`."""
    return _current().parser.get(_SECTION, key, fallback=None)


def set_string(key: str, value: str) -> None:
    """Change one setting and write the file. ConfigError before `init`, or when it cannot be written."""
    set_config({key: value})


def set_config(config_in: Mapping[str, str] | Iterable[tuple[str, str]]) -> None:
    """Change settings, given as a dict or as pairs, and write the file."""
    settings = _current()
    for key, value in dict(config_in).items():
        settings.parser.set(_SECTION, key, value)
    settings.save()


def _current() -> _Settings:
    if _settings is None:
        raise ConfigError("no settings have been read: call local_config.init() first")
    return _settings


def _for_client(name: str) -> str:
    """`settings.ini` as `settings_NAME.ini` where the program was started with `--client NAME`."""
    if "--client" not in sys.argv:
        return name
    after = sys.argv[sys.argv.index("--client") + 1 :]
    if not after:
        raise ConfigError("--client takes a name, as in --client second")
    stem, extension = os.path.splitext(name)
    return f"{stem}_{after[0]}{extension}"


def _set_aside(path: Path, error: Exception) -> str:
    number = 0
    while (kept := path.with_name(f"{path.name}.broken{number or ''}")).exists():
        number += 1
    problem = f"the settings {path} cannot be read ({str(error).splitlines()[0]})"
    try:
        path.rename(kept)
    except OSError as move_error:
        return f"{problem}, nor set aside ({move_error.strerror}): move the file away"
    return f"{problem}: it is kept as {kept}, start again to begin afresh"
