"""Imports: which files a Python module needs, found in its sources without running them.

Imports inside functions count: they may run later, when there is no file to load. What is under `if TYPE_CHECKING` does
not. The Python of a finished module finds no file beyond those that are gathered here.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from encodings import normalize_encoding
from encodings.aliases import aliases
from pathlib import Path

from ..errors import ModuleError

__all__ = [
    "ImportedName",
    "Source",
    "closure",
    "codecs_asked_for",
    "codecs_named",
    "find_source",
    "imports_by_text",
    "imports_of",
    "library_imports_of",
    "rough_imports_of",
    "running_parts",
]


_IMPORT_LINE = re.compile(
    r"^[ \t]*(?:import[ \t]+([^#\n]+)|from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^#\n]+))", re.MULTILINE
)

# How the library calls what a file of it does as a program, which no module calls.
_COMMAND_LINES = frozenset(["main", "_main", "_test", "_test_generator"])
_IMPORTING = frozenset(["import_module", "__import__"])
# An encoding in `text.encode("...")`, `data.decode("...")` or `str(data, "...")`.
_ASKED_FOR = re.compile(r"""(?:\.(?:en|de)code\(|\bstr\([^\n"']*,\s*)["']([\w-]+)["']""")
_BUILT_IN = {f"encodings.{name}" for name in ("ascii", "latin_1", "utf_8", "aliases")}


@dataclass(frozen=True, slots=True)
class Source:
    """A file of Python: `name` is its module's dotted name, `path` where it lies."""

    name: str
    path: Path

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def file(self) -> str:
        """Its place among the files of a bundle."""
        return self.name.replace(".", "/") + ("/__init__.py" if self.is_package else ".py")

    def text(self) -> str:
        """What is written in it, in the encoding that its first lines name, UTF-8 unless they do. ModuleError."""
        try:
            with tokenize.open(self.path) as file:
                return file.read()
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            raise ModuleError(f"it cannot be read: {error}", file=str(self.path)) from error

    def tree(self) -> ast.Module:
        """The same, parsed. ModuleError where it is no Python, or too deep to be read."""
        try:
            return ast.parse(self.text(), str(self.path))
        except SyntaxError as error:
            raise ModuleError(
                f"it is no Python: {error.msg}", file=str(self.path), line=error.lineno
            ) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise ModuleError(
                f"it is no Python: {error or 'it is nested too deeply'}", file=str(self.path)
            ) from error


@dataclass(frozen=True, slots=True)
class ImportedName:
    """One imported module, and the line that asks for it. `is_certain`: it is a module, not perhaps a name in one.
    `is_guarded`: the program goes on without it (`try ... except ImportError`). `is_late`: a function imports it."""

    name: str
    line: int
    is_certain: bool
    is_guarded: bool
    is_late: bool


def imports_of(source: Source) -> list[ImportedName]:
    """What `source` imports, wherever in it. ModuleError where it is no Python."""
    return list(_Imports(source).of(source.tree()))


def imports_by_text(source: Source) -> list[str]:
    """What `source` imports by functions that are given its name, where that is written there."""
    names = []
    for node in ast.walk(source.tree()):
        match node:
            case ast.Call(
                func=ast.Name(id=function) | ast.Attribute(attr=function),
                args=[ast.Constant(value=str(name)), *_],
            ) if function in _IMPORTING and not name.startswith("."):
                names.append(name)
    return names


def library_imports_of(source: Source) -> list[str]:
    """What a file of the interpreter's library imports, but for its own command line."""
    try:
        tree = source.tree()
    except ModuleError:  # it may be written in newer Python than runs here
        return rough_imports_of(source)
    return [item.name for item in _Imports(source, _COMMAND_LINES).of(tree)]


class _Imports:
    """`unfollowed`: functions of these names are passed over."""

    def __init__(self, source: Source, unfollowed: Collection[str] = ()) -> None:
        self._package = source.name if source.is_package else source.name.rpartition(".")[0]
        self._unfollowed = unfollowed

    def of(self, node: ast.AST, is_guarded: bool = False, is_late: bool = False) -> Iterator[ImportedName]:
        match node:
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                guards = any(_catches_import_error(handler) for handler in handlers)
                yield from self._each(body, is_guarded or guards, is_late)
                yield from self._each([*handlers, *orelse, *final], is_guarded, is_late)
            case ast.Import(names=names):
                for alias in names:
                    yield ImportedName(alias.name, node.lineno, True, is_guarded, is_late)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = self.absolute(module, level)
                if base is not None:
                    yield ImportedName(base, node.lineno, True, is_guarded, is_late)
                    for alias in names:
                        yield ImportedName(f"{base}.{alias.name}", node.lineno, False, is_guarded, is_late)
            case ast.FunctionDef(name=name) if name in self._unfollowed:
                return
            case ast.expr():
                return  # most of a file is expressions, and none has a statement in it
            case _:
                inside = is_late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield from self._each(running_parts(node), is_guarded, inside)

    def _each(self, nodes: Iterable[ast.AST], is_guarded: bool, is_late: bool) -> Iterator[ImportedName]:
        for node in nodes:
            yield from self.of(node, is_guarded, is_late)

    def absolute(self, module: str | None, level: int) -> str | None:
        if level == 0:
            return module
        package = self._package.split(".") if self._package else []
        if level > len(package):
            return None
        return ".".join([*package[: len(package) - level + 1], *([module] if module else [])])


def running_parts(node: ast.AST) -> Iterator[ast.AST]:
    """What `node` consists of, without what a database never runs: where the file is the program, or types are checked."""
    if isinstance(node, ast.If | ast.IfExp):
        outcome = _outcome(node.test)
        if outcome is not None:
            chosen = node.body if outcome else node.orelse
            yield from chosen if isinstance(chosen, list) else [chosen]
            return
    yield from ast.iter_child_nodes(node)


def _outcome(test: ast.expr) -> bool | None:
    """What a condition is inside a database; None where that is not certain."""
    match test:
        case ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as comparison], comparators=[right]):
            sides = {side.id if isinstance(side, ast.Name) else _text(side) for side in (left, right)}
            return isinstance(comparison, ast.NotEq) if sides == {"__name__", "'__main__'"} else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inside = _outcome(operand)
            return None if inside is None else not inside
        case ast.BoolOp(op=operator, values=values):
            decides = isinstance(operator, ast.Or)
            outcomes = {_outcome(value) for value in values}
            return decides if decides in outcomes else None if None in outcomes else not decides
    return None


def _text(side: ast.expr) -> str:
    return repr(side.value) if isinstance(side, ast.Constant) else ""


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    return any(isinstance(kind, ast.Name) and kind.id in broad for kind in types)


def codecs_named(texts: Iterable[str]) -> list[str]:
    """The modules of the encodings that the sources may mean by a text, but for those that every interpreter has built in. A text
    that means something else is taken, too: it costs a small file."""
    named = {
        node.value
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 32
    }
    return _codecs(named)


def codecs_asked_for(texts: Iterable[str]) -> list[str]:
    """The modules of the encodings that sources of the library ask for by name, which is far less than what they mention."""
    return _codecs({name for text in texts for name in _ASKED_FOR.findall(text)})


def _codecs(named: Iterable[str]) -> list[str]:
    normal = {normalize_encoding(name).lower() for name in named if name.isascii()}
    return sorted(
        {f"encodings.{aliases.get(name, name)}" for name in normal if name.isidentifier()} - _BUILT_IN
    )


def find_source(name: str, folders: list[Path]) -> Source | None:
    """The file of module `name` in the first of `folders` that has it."""
    relative = Path(*name.split("."))
    for folder in folders:
        for path in (folder / relative / "__init__.py", (folder / relative).with_suffix(".py")):
            if path.is_file():
                return Source(name, path)
    return None


def rough_imports_of(source: Source) -> list[str]:
    """What `source` imports, as its lines say, for Python that is newer than the one that runs here."""
    package = _Imports(source)
    names = []
    for plain, base, imported in _IMPORT_LINE.findall(source.text()):
        if plain:
            names += [part.split()[0] for part in plain.split(",") if part.split()]
            continue
        dots = len(base) - len(base.lstrip("."))
        absolute = package.absolute(base[dots:] or None, dots)
        if absolute is not None:
            parts = imported.strip("() \n").split(",")
            names += [absolute, *(f"{absolute}.{part.split()[0]}" for part in parts if part.split())]
    return names


def closure(
    names: list[str], find: Callable[[str], Source | None], imports: Callable[[Source], list[str]]
) -> dict[str, Source]:
    """Every source that `names` lead to, by name, with the packages around them. Names that `find` has not are left out.

    `imports` tells what a source imports.
    """
    found: dict[str, Source] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        source = find(name)
        if source is None:
            continue
        found[name] = source
        parent = name.rpartition(".")[0]
        if parent:
            waiting.append(parent)
        waiting.extend(imports(source))
    return found
