"""Bundles: the sources of a module and all they need, in the form that the interpreter's first file unpacks."""

from __future__ import annotations

import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from .imports import (
    Source,
    closure,
    codecs_asked_for,
    codecs_named,
    find_source,
    imports_by_text,
    imports_of,
    library_imports_of,
)
from .interpreter import ABI_2, Abi
from .library.leading import DISPENSABLE

__all__ = ["Bundle", "gather", "module_folders"]

_SDK = __package__.rpartition(".")[0]
_SDK_FOLDER = Path(__file__).resolve().parents[1]
_BOOT = _SDK_FOLDER / "module" / "hosted" / "boot.py"
# Folders that pip fills.
_INSTALLED = ("site-packages", "dist-packages")
# What the package itself says at its top is for clients: a module gets none of it.
_NO_CLIENTS = '"""SpacetimeDB for Python, as far as a module inside the database needs it."""\n'


@dataclass(frozen=True, slots=True)
class Bundle:
    """`sources` by module name, those of the user's own among them in `own`, those of packages from pip in `taken_along`;
    `imported` has for each module that is imported the names of those that import it; `files` are what the interpreter
    unpacks, settings among them."""

    sources: Mapping[str, Source]
    own: tuple[Source, ...]
    taken_along: tuple[Source, ...]
    imported: Mapping[str, Set[str]]
    files: Mapping[str, bytes]

    def library(self) -> list[Source]:
        """What the user's own sources import of the interpreter's library, and what that does."""
        users = {*self.own, *self.taken_along}
        imports: dict[str, set[str]] = {}
        for name, importers in self.imported.items():
            for importer in importers:
                imports.setdefault(importer, set()).add(name)
        reached, waiting = set[str](), [source.name for source in users]
        while waiting:
            for name in imports.get(waiting.pop(), set()) - reached:
                reached.add(name)
                found = self.sources.get(name)
                if found is not None and not found.path.is_relative_to(_SDK_FOLDER):
                    waiting.append(name)
        sources = [self.sources[name] for name in sorted(reached & self.sources.keys())]
        return [
            source
            for source in sources
            if source not in users and not source.path.is_relative_to(_SDK_FOLDER)
        ]

    def content(self, absent: Iterable[str] = (), *, compiler: str = "kept") -> bytes:
        """What the interpreter is given; the modules `absent` are not in it. Its `compiler` is `kept`, or what it compiles is
        `recorded`: it then describes itself by that."""
        return self._packed(_BOOT.read_bytes(), self.files, absent, compiler)

    def compiled_content(self, absent: Iterable[str], recorded: bytes) -> bytes:
        """The same for one that needs no compiler, with what was `recorded`: of sources only those of the user's own."""
        users = {source.file for source in (*self.own, *self.taken_along)}
        kept = {name: data for name, data in self.files.items() if not name.endswith(".py") or name in users}
        boot, others = _first_recorded(recorded)
        return self._packed(b"\0" + boot, kept, absent, "left out") + others

    @staticmethod
    def _packed(boot: bytes, files: Mapping[str, bytes], absent: Iterable[str], compiler: str) -> bytes:
        settings = {
            "absent": "\n".join(absent).encode(),
            "compiler": compiler.encode(),
            "dispensable": "\n".join(DISPENSABLE).encode(),
        }
        entries = (_entry(name, data) for name, data in {**files, **settings}.items())
        return struct.pack("<I", len(boot)) + boot + b"".join(entries)


def module_folders() -> list[Path]:
    """Where Python looks for modules that are no part of its own standard library."""
    paths = sysconfig.get_paths()
    standard = {Path(paths[name]).resolve() for name in ("stdlib", "platstdlib")}
    folders = [Path(entry or ".").resolve() for entry in sys.path]
    return [
        folder
        for folder in folders
        if folder.is_dir() and folder not in standard and folder.name != "lib-dynload"
    ]


def gather(module: str, library: Path, *, definition: bytes, seed: int, abi: Abi = ABI_2) -> Bundle:
    """Everything that the Python module `module` needs. `library` is the interpreter's own standard library.

    `definition` is what the finished module will describe itself with; `seed` seeds `ctx.rng`; `abi` is the server's
    generation. ModuleError where a source is no Python.
    """
    folders = module_folders()

    find = _finder(library, folders)
    imported: dict[str, set[str]] = {}

    def imports(source: Source) -> list[str]:
        if source.path.is_relative_to(library):
            names = library_imports_of(source)
        else:
            names = [item.name for item in imports_of(source)]
            if _is_of_user(source, library):
                names += imports_by_text(source)
        for name in names:
            imported.setdefault(name, set()).add(source.name)
        return names

    # What the SDK's top imports is not followed: its place is taken.
    def reached(names: list[str]) -> dict[str, Source]:
        return closure(names, lambda name: None if name == _SDK else find(name), imports)

    sources = reached([module, f"{_SDK}.module.hosted.entry", "_dummy_os"])
    texts = [source.text() for source in sources.values() if _is_of_user(source, library)]
    others = [source.text() for source in sources.values() if source.path.is_relative_to(library)]
    # Those are imported by what asks for an encoding, whose name is a text: no import says so.
    named = {*codecs_named(texts), *codecs_asked_for(others)}
    if codecs := sorted(name for name in named if find_source(name, [library])):
        sources |= reached(["encodings", "_pycodecs", *codecs])
    files = {source.file: source.path.read_bytes() for source in sources.values()}
    # A folder without an `__init__.py` is a package too; the interpreter looks for one by its file.
    for parent in {name for source in sources for name in _parents(source)[:-1]}.difference(sources):
        files[f"{parent.replace('.', '/')}/__init__.py"] = b""
    for parent in _parents(_SDK):
        files[f"{parent.replace('.', '/')}/__init__.py"] = _NO_CLIENTS.encode()
    users = [source for source in sources.values() if _is_of_user(source, library)]
    files |= {
        "definition": definition,
        "module": module.encode(),
        "sdk": _SDK.encode(),
        "seed": str(seed).encode(),
        "abi": abi.encode(),
        "users": "\n".join(source.file for source in users).encode(),
    }
    home = _home(sources.get(module), folders)
    own = tuple(source for source in users if any(source.path.is_relative_to(place) for place in home))
    taken_along = tuple(source for source in users if source not in own)
    return Bundle(sources, own, taken_along, imported, files)


def _first_recorded(recorded: bytes) -> tuple[bytes, bytes]:
    """The content of the first entry of a bundle, and the others as they are: the first file's own code comes first."""
    at = 4 + struct.unpack_from("<I", recorded)[0]
    end = at + 4 + struct.unpack_from("<I", recorded, at)[0]
    return recorded[at + 4 : end], recorded[end:]


def _finder(library: Path, folders: list[Path]) -> Callable[[str], Source | None]:
    def find(name: str) -> Source | None:
        if name == _SDK or name.startswith(f"{_SDK}."):
            inside = Path(*name.split(".")[len(_SDK.split(".")) :])
            for path in (_SDK_FOLDER / inside / "__init__.py", (_SDK_FOLDER / inside).with_suffix(".py")):
                if path.is_file():
                    return Source(name, path)
            return None
        # The interpreter's library before packages that are installed here: what bears its name is for CPython.
        return (
            find_source(name, folders[:1]) or find_source(name, [library]) or find_source(name, folders[1:])
        )

    return find


def _home(module: Source | None, folders: list[Path]) -> list[Path]:
    """Where the maker's own sources lie: where one works, and where the module does. What is installed has its package alone there."""
    if module is None:
        return folders[:1]
    path = module.path.parent if module.is_package else module.path
    top = path.parents[module.name.count(".")]
    if top.name not in _INSTALLED:
        return [*folders[:1], top]
    package = top / module.name.partition(".")[0]
    return [*folders[:1], package, package.with_suffix(".py")]


def _entry(name: str, data: bytes) -> bytes:
    encoded = name.encode()
    return struct.pack("<I", len(encoded)) + encoded + struct.pack("<I", len(data)) + data


def _parents(package: str) -> list[str]:
    parts = package.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _is_of_user(source: Source, library: Path) -> bool:
    return not source.path.is_relative_to(_SDK_FOLDER) and not source.path.is_relative_to(library)
