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
import contextlib
import io
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from .errors import ConfigError
from .system.file_names import file_stem
from .system.whole_files import write_whole

__all__ = ["get_string", "init", "set_config", "set_string"]

_SECTION = "main"
# A value that nothing is wrong with.
_PLAIN = "x"
log = logging.getLogger("spacetimedb_sdk.local_config")


class _Settings:
    """What `init` read, and where it belongs."""

    def __init__(self, path: Path, parser: configparser.ConfigParser) -> None:
        self.path = path
        self.parser = parser

    def change(self, changes: Mapping[str, str]) -> None:
        """Make `changes` in the file as it is now, which another program may have changed since it was read.

        ConfigError, with nothing changed, for a key or value that the file could not give back, or a file that cannot be
        written.
        """
        for key, value in changes.items():
            _check(key, value)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path):
                merged = self._as_it_is()
                for key, value in changes.items():
                    merged.set(_SECTION, key, value)
                text = io.StringIO()
                merged.write(text)
                write_whole(self.path, text.getvalue(), private=True)
        except OSError as error:
            raise ConfigError(f"cannot write the settings {self.path}: {error.strerror or error}") from error
        self.parser = merged

    def _as_it_is(self) -> configparser.ConfigParser:
        """The file's settings, or those read before where there is no file that can be read."""
        try:
            return _parsed(self.path)
        except FileNotFoundError:
            return self.parser
        except (configparser.Error, UnicodeDecodeError) as error:
            log.warning("%s", _set_aside(self.path, error))
            return self.parser


def _new_parser() -> configparser.ConfigParser:
    return configparser.ConfigParser(interpolation=None)


def _parsed(path: Path) -> configparser.ConfigParser:
    parser = _new_parser()
    # Some editors begin a text with a mark of its encoding.
    parser.read_string(path.read_text(encoding="utf-8-sig"), source=str(path))
    if not parser.has_section(_SECTION):
        parser.add_section(_SECTION)
    return parser


def _check(key: str, value: str) -> None:
    """ConfigError for what would not come back from a file as it went in. TypeError for what is no text."""
    for text in (key, value):
        if not isinstance(text, str):
            raise TypeError(f"settings are texts, not {type(text).__name__}: {text!r}")
    written, read = _new_parser(), _new_parser()
    written[_SECTION] = {}
    file = io.StringIO(newline="")
    try:
        written.set(_SECTION, key, value)
        written.write(file)
        # As a file has it: other line ends become line feeds, and half a character is none.
        text = file.getvalue().encode().decode()
        read.read_file(io.StringIO(text, newline=None))
        came_back = dict(read[_SECTION])
    except (configparser.Error, UnicodeError, ValueError, KeyError):
        came_back = {}
    if came_back == {written.optionxform(key): value}:
        return
    if value != _PLAIN:
        _check(key, _PLAIN)
        # Not shown: it may be a token.
        raise ConfigError(
            f"the value of setting {key!r} cannot be kept in a settings file: blanks at its ends, empty lines and lines "
            "that begin with # or ; are lost there; encode it, for instance with json.dumps"
        )
    raise ConfigError(f"{key!r} cannot be the key of a setting: use letters, digits, _ and - alone")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One program at a time changes the file; where the file system has no locks, the last one wins."""
    with open(path.with_name(f".{path.name}.lock"), "ab") as lock:
        with contextlib.suppress(OSError, ImportError):
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


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
    try:
        parser = _parsed(path)
    except FileNotFoundError:
        parser = _new_parser()
        parser[_SECTION] = dict(config_defaults or {})
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigError(_set_aside(path, error)) from error
    except OSError as error:
        raise ConfigError(f"cannot read the settings {path}: {error.strerror or error}") from error
    _settings = _Settings(path, parser)


def get_string(key: str) -> str | None:
    """The setting, or None. ConfigError before `init`."""
    return _current().parser.get(_SECTION, key, fallback=None)


def set_string(key: str, value: str) -> None:
    """Change one setting and write the file. ConfigError before `init`, when it cannot be written, or could not be read again.

    What another program changed in the file meanwhile stays.
    """
    set_config({key: value})


def set_config(config_in: Mapping[str, str] | Iterable[tuple[str, str]]) -> None:
    """Change settings, given as a dict or as pairs, and write the file; all of them or, with a ConfigError, none."""
    _current().change(dict(config_in))


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
    return f"{stem}_{file_stem(after[0])}{extension}"


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
