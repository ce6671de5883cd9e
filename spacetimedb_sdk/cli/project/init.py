"""`init`: a new game from nothing, which runs at once."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from ...system.file_names import WINDOWS_DEVICES, real_path
from ...system.requirements import EXTRAS, is_installed, requirements
from .. import output
from ..errors import CommandError
from ..generate import SDK
from .vendor import copy_sdk

__all__ = ["TEMPLATES", "add_init"]

# Each template is laid over the ones before it; what it needs besides the client and the server comes last.
TEMPLATES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pygame": (("common", "arena", "pygame"), ("game",)),
    "bot": (("common", "arena"), ()),
    "chat": (("common", "chat"), ()),
}
_CLIENTS = {"pygame": "python play.py", "bot": "python bot.py --count 3", "chat": "python bot.py"}
_SUFFIX = ".tmpl"
# It becomes the name of a package, a folder and a database: far below what file systems and servers take.
_LONGEST_NAME = 40
# What pip is given for the game's own tests.
_TESTS = "pytest>=8.2"


def add_init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", metavar="DIR", type=Path, help="the folder of the game; its name is the game's"
    )
    parser.add_argument(
        "--template",
        choices=tuple(TEMPLATES),
        default="pygame",
        help="pygame: a game in a window; bot: a world of bots; chat: in a terminal (default: %(default)s)",
    )
    parser.set_defaults(run=init)


def init(options: argparse.Namespace) -> None:
    """Write the game, its bindings too, and print how to go on."""
    folder: Path = options.folder
    name = real_path(folder).name
    names = _names(name)
    _refuse_used(folder)
    layers, extras = TEMPLATES[options.template]
    extras = ("client", "server", "dev-server", *extras)
    try:
        written = _write(folder, layers, {**names, "client_command": _CLIENTS[options.template]})
        listed = [*requirements(*extras), _TESTS]
        (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in listed), encoding="utf-8")
        if not _finds_sdk(folder):
            copy_sdk(folder / "spacetimedb_sdk")
            output.note(
                f"{folder / 'spacetimedb_sdk'}: a copy of the SDK, which is not installed for other folders"
            )
    except OSError as error:
        raise CommandError(f"cannot write {folder}: {error.strerror or error}") from error
    bindings = _bindings(folder)
    output.line(f"{folder}: {written + 1 + bindings} files")
    output.line("next:")
    output.line(f"  cd {shlex.quote(str(folder))}")
    if not all(is_installed(module) for extra in extras for module in EXTRAS[extra]) or not is_installed(
        "pytest"
    ):
        output.line("  pip install -r requirements.txt")
    output.line("  python -m spacetimedb_sdk dev")


def _names(name: str) -> dict[str, str]:
    """The names that the templates have gaps for; `name` is the folder's."""
    module = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    if not module[:1].isalpha() or module in WINDOWS_DEVICES or len(module) > _LONGEST_NAME:
        raise CommandError(
            f"{name!r} cannot name a game: take a letter, then at most {_LONGEST_NAME - 1} letters, digits, - and _"
        )
    return {"name": name, "module": module, "database": re.sub("_+", "-", module)}


def _refuse_used(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder} is a file: name a folder that is new or empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise CommandError(f"{folder} is not empty: name a folder that is new or empty")


def _write(folder: Path, layers: tuple[str, ...], gaps: dict[str, str]) -> int:
    """Write the files of the layers; how many."""
    templates = files(SDK) / "templates"
    # A later layer's file takes the place of an earlier one's.
    found = {path: item for layer in layers for path, item in _files(templates / layer, PurePosixPath())}
    for path, item in found.items():
        target = folder / str(path).removesuffix(_SUFFIX).replace("gitignore", ".gitignore")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = item.read_text(encoding="utf-8")
        for gap, value in gaps.items():
            text = text.replace("{{" + gap + "}}", value)
        target.write_text(text, encoding="utf-8")
    return len(found)


def _files(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _files(item, path / item.name)
        elif item.name.endswith(_SUFFIX):
            yield path / item.name, item


def _finds_sdk(folder: Path) -> bool:
    """Whether a program in `folder` finds the SDK by the name that the templates import it by."""
    program = "import importlib.util, sys; sys.exit(importlib.util.find_spec('spacetimedb_sdk') is None)"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, env=_environment(), check=False)
    return done.returncode == 0


def _bindings(folder: Path) -> int:
    """Generate the bindings of the game's rules, by a process of its own: its modules are not this one's."""
    command = [
        sys.executable,
        "-m",
        "spacetimedb_sdk",
        "generate",
        "--module",
        "rules",
        "--out",
        "module_bindings",
    ]
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CommandError(f"the bindings of {folder} could not be generated: {done.stderr.strip()}")
    return len(list((folder / "module_bindings").glob("*.py")))


def _environment() -> dict[str, str]:
    """As it will be in another terminal: without what was put on the path for this process."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
