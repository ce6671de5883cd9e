"""Check: what in a module will not work inside a database, with file and line, before anything is sent."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .bundle import Bundle
from .imports import ImportedName, Source, imports_of
from .library.lacking import (
    NAMES,
    NO_WAITING,
    PATH_METHODS,
    is_lacking,
    reason_of_argument,
    reason_of_module,
    reason_of_name,
    reason_of_path,
)
from .program import Program

__all__ = ["Finding", "check"]


# What is imported by whoever has paths to files, and not only to take names apart.
_PATHS = frozenset(["pathlib", "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"])


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
        # What is imported from a package may be a module of it, or else a name in it.
        is_module = item.is_certain or is_lacking(item.name)
        if not is_module or item.is_guarded or item.line not in lines:
            continue
        if item.name not in known:
            remedy = reason_of_module(item.name)
            yield Finding(file, item.line, f"{item.name} cannot be imported inside a database: {remedy}")
        elif lack := packages.lacking(item.name):
            reason = f"it needs {lack}, and only pure Python can be taken along"
            yield Finding(file, item.line, f"{item.name} cannot be imported inside a database: {reason}")
    names = _names_of(program.trees[source])
    uses_paths = any(name in _PATHS for name in names.values())
    own = program.methods
    for node in nodes:
        if isinstance(node, ast.AsyncFunctionDef):
            yield Finding(file, node.lineno, f"{node.name} is a coroutine: {NO_WAITING}")
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func
            method = called.attr if isinstance(called, ast.Attribute) else ""
            otherwise = reason_of_argument(_full_name(called, names), method, node.args[0].value)
            if otherwise is not None:
                yield Finding(file, node.lineno, otherwise)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            name = _full_name(node, names)
            why = reason_of_name(name)
            if why is not None:
                yield Finding(file, node.lineno, f"{name} will not work: {why}")
            elif uses_paths and isinstance(node, ast.Attribute) and node.attr in PATH_METHODS - own:
                yield Finding(file, node.lineno, reason_of_path(node.attr))


def _names_of(tree: ast.Module) -> dict[str, str]:
    """What the file's names stand for: full names of what is imported, nothing for what the file defines itself."""
    names = {name: name for name in NAMES if "." not in name}
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
            case (
                ast.Name(id=own, ctx=ast.Store())
                | ast.arg(arg=own)
                | ast.ExceptHandler(name=str(own))
                | ast.MatchAs(name=str(own))
                | ast.MatchStar(name=str(own))
            ):
                names.pop(own, None)
        # A method is called as one of something.
        if not isinstance(node, ast.ClassDef | ast.expr):
            for item in ast.iter_child_nodes(node):
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
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
