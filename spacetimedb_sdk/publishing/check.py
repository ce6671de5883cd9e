"""Check: what in a module will not work inside a database, with file and line, before anything is sent."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .bundle import Bundle
from .imports import Source, imports_of

__all__ = ["Finding", "check"]

_NO_FILES = "there are no files inside a database: keep what you need in tables or in the source"
_NO_TERMINAL = "there is no terminal inside a database"
_NO_THREADS = "a module has one thread: put later work into a scheduled table"
_NO_WAITING = "a transaction cannot wait: put later work into a scheduled table"
_NO_PROCESSES = "a module starts no processes"
_NO_NETWORK = "a module has no network of its own"

# Functions by the name they are called by, and why they are of no use.
_CALLS = {
    "open": _NO_FILES,
    "input": _NO_TERMINAL,
    "breakpoint": _NO_TERMINAL,
    "time.sleep": _NO_WAITING,
    "asyncio.run": _NO_WAITING,
    "os.system": _NO_PROCESSES,
}
# Modules of the standard library that the interpreter lacks, and what to do without them.
_MODULES = {
    "socket": _NO_NETWORK,
    "ssl": _NO_NETWORK,
    "http": _NO_NETWORK,
    "urllib.request": _NO_NETWORK,
    "asyncio": _NO_WAITING,
    "concurrent": _NO_THREADS,
    "multiprocessing": _NO_PROCESSES,
    "subprocess": _NO_PROCESSES,
    "sqlite3": "the database is at hand: use tables",
    "tempfile": _NO_FILES,
    "shutil": _NO_FILES,
}


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
    return [finding for source in bundle.own for finding in sorted(_of(source, known), key=lambda f: f.line)]


def _of(source: Source, known: Collection[str]) -> Iterator[Finding]:
    text = source.path.read_text(encoding="utf-8")
    file = str(source.path)
    for item in imports_of(source, text):
        if item.is_certain and not item.is_guarded and item.name not in known:
            top = item.name.partition(".")[0]
            remedy = _MODULES.get(item.name) or _MODULES.get(top) or "only pure Python can be taken along"
            yield Finding(file, item.line, f"{item.name} cannot be imported inside a database: {remedy}")
    tree = ast.parse(text, file)
    modules = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _called(node.func, modules)) in _CALLS:
            yield Finding(file, node.lineno, f"{name}() will not work: {_CALLS[name]}")
        elif isinstance(node, ast.AsyncFunctionDef):
            yield Finding(file, node.lineno, f"{node.name} is a coroutine: {_NO_WAITING}")


def _called(function: ast.expr, modules: dict[str, str]) -> str:
    match function:
        case ast.Name(name):
            return name
        case ast.Attribute(ast.Name(owner), name) if owner in modules:
            return f"{modules[owner]}.{name}"
    return ""
