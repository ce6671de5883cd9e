"""`vendor`: a copy of the SDK inside a game, so that the game needs no installation of it."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from ...system.file_names import real_path
from ...system.requirements import pip_line
from .. import output
from ..errors import CommandError
from ..generate import SDK

__all__ = ["NOT_FOR_CLIENTS", "add_vendor", "copy_sdk"]

# Rooms that no client imports: servers, modules, the generator, tests, and the command line on top of them.
NOT_FOR_CLIENTS = frozenset(
    {
        "cli",
        "codegen",
        "inspector",
        "module",
        "netsim",
        "publishing",
        "replay",
        "standalone",
        "templates",
        "testing",
    }
)


def add_vendor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder to put spacetimedb_sdk/ into")
    parser.add_argument(
        "--client-only",
        action="store_true",
        help="leave out what no client needs: the embedded server, modules, the generator, testing, these commands",
    )
    parser.add_argument("--replace", action="store_true", help="put it in the place of a copy that is there")
    parser.set_defaults(run=vendor)


def vendor(options: argparse.Namespace) -> None:
    """Copy the package, then print what to install and what the copy is called."""
    target: Path = options.folder / "spacetimedb_sdk"
    _refuse_wrong_target(target, files(SDK), replace=options.replace)
    # Made whole beside its place first: an error on the way leaves what was there.
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=".spacetimedb_sdk-", dir=options.folder))
        try:
            count = copy_sdk(made / "new", client_only=options.client_only)
            if target.exists():
                target.rename(made / "old")
            (made / "new").rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise CommandError(f"cannot write {target}: {error.strerror or error}") from error
    output.line(f"{target}: {count} files")
    output.line(pip_line("client") if options.client_only else pip_line("client", "server", "dev-server"))
    package = _package_name(target)
    if options.client_only:
        output.note(f"generate bindings with the whole SDK: python -m {SDK} generate --sdk {package} ...")
    else:
        output.note(f"its commands, when run from this folder: python -m {package} --help")


def _refuse_wrong_target(target: Path, source: Traversable, *, replace: bool) -> None:
    if isinstance(source, Path) and real_path(target).is_relative_to(source.resolve()):
        raise CommandError(f"{target} is the SDK that runs this command, or inside it: name another folder")
    if not target.exists() and not target.is_symlink():
        return
    if target.is_symlink() or not (target / "py.typed").is_file():
        raise CommandError(f"{target} is there and is no copy of the SDK: name another folder, or remove it")
    if not replace:
        raise CommandError(f"{target} is there: give --replace to put this version in its place")


def _package_name(target: Path) -> str:
    """What the copy is imported by in a program that is started in the current folder."""
    here = Path.cwd()
    inside = (
        real_path(target).relative_to(here) if real_path(target).is_relative_to(here) else Path(target.name)
    )
    return ".".join(inside.parts) if all(part.isidentifier() for part in inside.parts) else target.name


def copy_sdk(target: Path, *, client_only: bool = False) -> int:
    """Copy this SDK to the folder `target`; how many files that are. It may lie in a zip file itself."""
    count = 0
    for path, item in _files(files(SDK), PurePosixPath()):
        if client_only and path.parts[0] in NOT_FOR_CLIENTS:
            continue
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(item.read_bytes())
        count += 1
    return count


def _files(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name == "__pycache__" or item.name.startswith("."):
            continue
        if item.is_dir():
            yield from _files(item, path / item.name)
        else:
            yield path / item.name, item
