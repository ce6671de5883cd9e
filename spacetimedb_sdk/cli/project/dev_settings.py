"""`[tool.spacetimedb]` in a project's pyproject.toml: what `dev` serves and starts."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from ...system.parsing import parsed_toml
from ..errors import CommandError

__all__ = ["DevSettings", "read_settings"]

_KEYS = ("module", "database", "bindings", "client", "listen", "data-dir")


@dataclass(frozen=True)
class DevSettings:
    """`client` is a command line in words; empty for none."""

    module: str
    database: str | None
    bindings: str | None
    client: tuple[str, ...]
    listen: str
    data_dir: str | None


def read_settings(options: argparse.Namespace, folder: Path) -> DevSettings:
    """The folder's settings, under what the command line says. CommandError for what cannot be one."""
    given = _section(folder / "pyproject.toml")
    for key in _KEYS:
        said = getattr(options, key.replace("-", "_"))
        if said is not None:
            given[key] = said
    module = given.get("module")
    if not module:
        raise CommandError(
            f"nothing says which module to serve: run `dev` in a folder that `init` made{_near(folder)}, or give --module, or write "
            f'module = "rules" under [tool.spacetimedb] in {folder / "pyproject.toml"}'
        )
    return DevSettings(
        module=module,
        database=given.get("database") or None,
        bindings=given.get("bindings") or None,
        client=_command(given.get("client", "")),
        listen=given.get("listen", "127.0.0.1:3000"),
        data_dir=given.get("data-dir") or None,
    )


def _near(folder: Path) -> str:
    """The folder that is meant, among those above and below."""
    for other in (*folder.parents, *sorted(path.parent for path in folder.glob("*/pyproject.toml"))):
        try:
            if _section(other / "pyproject.toml").get("module"):
                return f" ({other} is one)"
        except CommandError:
            continue
    return ""


def _section(path: Path) -> dict[str, str]:
    try:
        content = parsed_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    tools = content.get("tool", {})
    section = tools.get("spacetimedb", {}) if isinstance(tools, dict) else None
    if not isinstance(section, dict):
        raise CommandError(f"{path}: [tool.spacetimedb] is a table, with {', '.join(_KEYS)} in it")
    for key, value in section.items():
        if key not in _KEYS:
            raise CommandError(f"{path}: [tool.spacetimedb] knows {', '.join(_KEYS)}, not {key}")
        if not isinstance(value, str) or "\0" in value:
            raise CommandError(f'{path}: {key} under [tool.spacetimedb] is a text, as in {key} = "..."')
    return dict(section)


def _command(line: str) -> tuple[str, ...]:
    """The words of a command line. `python` is the Python that runs this."""
    try:
        # Backslashes are parts of paths on Windows.
        words = shlex.split(line, posix=sys.platform != "win32")
    except ValueError as error:
        raise CommandError(f"the client's command {line!r} cannot be read: {error}") from error
    return (sys.executable, *words[1:]) if words[:1] in (["python"], ["python3"]) else tuple(words)
