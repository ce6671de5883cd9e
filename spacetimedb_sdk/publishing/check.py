"""Check: what in a module will not work inside a database, with file and line, before anything is sent."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .bundle import Bundle
from .imports import ImportedName, Source, imports_of
from .program import Program

__all__ = ["Finding", "check"]

_NO_FILES = "there are no files inside a database: keep what you need in tables or in the source"
_NO_TERMINAL = "there is no terminal inside a database"
_NO_THREADS = "a module has one thread: put later work into a scheduled table"
_NO_WAITING = "a transaction cannot wait: put later work into a scheduled table"
_NO_PROCESSES = "a module starts no processes"
_NO_NETWORK = "a module has no network of its own: procedures ask other servers by ctx.http"
_NO_SYSTEM = "there is no operating system inside a database"
_NO_EXIT = "a function ends by return, a call is refused by raise ReducerError"
_ZIPPED = "of compression there is zlib alone"
_NO_CHANCE = "a database has no chance of its own: use ctx.rng"

# What is asked of the system by full names, those that end in a dot for all below, and why it is of no use.
_NAMES = {
    "open": _NO_FILES,
    "io.open": _NO_FILES,
    "io.FileIO": _NO_FILES,
    "codecs.open": _NO_FILES,
    "input": _NO_TERMINAL,
    "breakpoint": _NO_TERMINAL,
    "exit": _NO_EXIT,
    "quit": _NO_EXIT,
    "sys.exit": _NO_EXIT,
    "sys.stdin": _NO_TERMINAL,
    "time.sleep": _NO_WAITING,
    "threading.Thread": _NO_THREADS,
    "threading.Timer": _NO_THREADS,
    "argparse.": _NO_TERMINAL,
    "glob.": _NO_FILES,
    "secrets.": _NO_CHANCE,
    "random.": _NO_CHANCE,
    "uuid.uuid1": "use ctx.new_uuid_v7()",
    "uuid.uuid4": "use ctx.new_uuid_v4()",
    "os.system": _NO_PROCESSES,
    "os.popen": _NO_PROCESSES,
    "os.urandom": _NO_CHANCE,
    "os.": _NO_SYSTEM,
}
# What is there of those all the same: of `os`, what takes names apart and needs no system.
_KEPT = (
    "random.Random",
    "os.path.",
    "os.PathLike",
    "os.fspath",
    "os.sep",
    "os.linesep",
    "os.getenv",
    "os.environ",
)
_ASKING_PATHS = frozenset(["exists", "isfile", "isdir", "getsize", "getmtime", "realpath"])
# Methods of a `pathlib.Path` that look at the disk, whatever the path is called by.
_PATH_METHODS = frozenset(
    ["read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "touch", "mkdir", "unlink", "is_file", "is_dir"]
)  # fmt: skip
# Modules of the standard library that the interpreter lacks, and what to do without them.
_MODULES = {
    "socket": _NO_NETWORK,
    "ssl": _NO_NETWORK,
    "http": _NO_NETWORK,
    "urllib": _NO_NETWORK,
    "asyncio": _NO_WAITING,
    "concurrent": _NO_THREADS,
    "multiprocessing": _NO_PROCESSES,
    "subprocess": _NO_PROCESSES,
    "signal": _NO_PROCESSES,
    "sqlite3": "the database is at hand: use tables",
    "tempfile": _NO_FILES,
    "shutil": _NO_FILES,
    "zoneinfo": "it has no time zones but UTC",
    "unittest": "tests stay outside: spacetimedb_sdk.testing drives a module",
    "bz2": _ZIPPED,
    "lzma": _ZIPPED,
    "gzip": _ZIPPED,
    "zipfile": _ZIPPED,
    "tarfile": _ZIPPED,
}


def _without(top: str) -> str:
    if top in sys.stdlib_module_names:
        return "the interpreter there is without this part of Python's library"
    return "only pure Python can be taken along"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the module, and why it will not work."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


def check(bundle: Bundle, builtin_modules: Collection[str]) -> list[Finding]:
    """What will not work of the module's own sources, in order. `builtin_modules` are those without a file."""
    known = {*bundle.sources, *builtin_modules}
    packages = _Packages(bundle, known)
    program = Program({source: source.tree() for source in bundle.own})
    return [
        finding
        for source in bundle.own
        for finding in sorted(_of(source, known, packages, program), key=lambda found: found.line)
    ]


class _Packages:
    """Packages from pip that are taken along: what each of their modules lacks, found by following what it imports at once."""

    def __init__(self, bundle: Bundle, known: Collection[str]) -> None:
        self._known = known
        self._of_pip = {source.name: source for source in bundle.taken_along}
        self._lacking: dict[str, str | None] = {}

    def lacking(self, name: str) -> str | None:
        """The first module that `name` cannot be imported without and that is not there; None for what can be imported."""
        source = self._of_pip.get(name)
        if source is None:
            return None
        if name not in self._lacking:
            self._lacking[name] = None  # a circle of imports lacks what its other members lack
            parent = name.rpartition(".")[0]
            self._lacking[name] = (self.lacking(parent) if parent else None) or next(
                filter(None, map(self._lack, imports_of(source))), None
            )
        return self._lacking[name]

    def _lack(self, item: ImportedName) -> str | None:
        if item.is_guarded or item.is_late:
            return None
        if item.name not in self._known:
            return item.name if item.is_certain else None
        return self.lacking(item.name)


def _of(source: Source, known: Collection[str], packages: _Packages, program: Program) -> Iterator[Finding]:
    file = str(source.path)
    nodes = list(program.outside(source))
    lines = {node.lineno for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)}
    for item in imports_of(source):
        if not item.is_certain or item.is_guarded or item.line not in lines:
            continue
        if item.name not in known:
            top = item.name.partition(".")[0]
            remedy = _MODULES.get(item.name) or _MODULES.get(top) or _without(top)
            yield Finding(file, item.line, f"{item.name} cannot be imported inside a database: {remedy}")
        elif lack := packages.lacking(item.name):
            reason = f"it needs {lack}, and only pure Python can be taken along"
            yield Finding(file, item.line, f"{item.name} cannot be imported inside a database: {reason}")
    names = _names_of(program.trees[source])
    uses_paths = any(name.startswith("pathlib") for name in names.values())
    for node in nodes:
        if isinstance(node, ast.AsyncFunctionDef):
            yield Finding(file, node.lineno, f"{node.name} is a coroutine: {_NO_WAITING}")
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            name = _full_name(node, names)
            why = _reason(name)
            if why is not None:
                yield Finding(file, node.lineno, f"{name} will not work: {why}")
            elif uses_paths and isinstance(node, ast.Attribute) and node.attr in _PATH_METHODS:
                yield Finding(file, node.lineno, f"{node.attr}() of a path will not work: {_NO_FILES}")


def _names_of(tree: ast.Module) -> dict[str, str]:
    """What the file's names stand for: full names of what is imported, nothing for what the file defines itself."""
    names = {name: name for name in _NAMES if "." not in name}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=found):
                for alias in found:
                    top = alias.name.partition(".")[0]
                    names[alias.asname or top] = alias.name if alias.asname else top
            case ast.ImportFrom(module=str(module), names=found, level=0):
                names |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in found}
            case ast.ImportFrom(names=found):
                for alias in found:
                    names.pop(alias.asname or alias.name, None)
            case ast.Name(id=own, ctx=ast.Store()) | ast.arg(arg=own):
                names.pop(own, None)
        if isinstance(node, ast.Module):
            for item in node.body:
                if isinstance(item, ast.FunctionDef | ast.ClassDef):
                    names.pop(item.name, None)
    return names


def _full_name(node: ast.expr, names: dict[str, str]) -> str:
    match node:
        case ast.Name(name):
            return names.get(name, "")
        case ast.Attribute(owner, name):
            inside = _full_name(owner, names)
            return f"{inside}.{name}" if inside else ""
    return ""


def _reason(name: str) -> str | None:
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith("os.path.") and name.rpartition(".")[2] in _ASKING_PATHS:
        return _NO_FILES
    if name.startswith(_KEPT) or name == "os.path":
        return None
    top, dot, rest = name.partition(".")
    return _NAMES.get(f"{top}.") if dot and "." not in rest else None
