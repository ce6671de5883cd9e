"""Compiling inside a database: which lines of a module turn text into code while its functions run.

A module without such lines is published without Python's compiler.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .bundle import Bundle
from .check import Finding
from .imports import Source, imports_of, running_parts

__all__ = ["lines_that_compile"]

_BUILTINS = frozenset(["eval", "exec", "compile", "__import__"])
# Functions of the library that write Python and have it compiled.
_LIBRARY = frozenset(
    [
        "dataclass", "make_dataclass", "asdict", "astuple", "fields", "namedtuple", "NamedTuple", "get_type_hints",
        "get_annotations", "import_module", "literal_eval", "evaluate_forward_ref", "signature",
    ]
)  # fmt: skip


def lines_that_compile(bundle: Bundle) -> list[Finding]:
    """The lines that seem to do so: calls by these names in functions, or anywhere in a file that a function imports."""
    users = (*bundle.own, *bundle.taken_along)
    late = {item.name for source in users for item in imports_of(source) if item.is_late}
    return [finding for source in users for finding in _of(source, source.name in late)]


def _of(source: Source, is_late: bool) -> Iterator[Finding]:
    tree = source.tree()
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {alias.asname or alias.name: alias.name for node in nodes for alias in node.names}
    modules = {name.partition(".")[0] for name in imported}
    for node in _running(tree, is_late):
        name = ""
        match node:
            case ast.Name(id=found, ctx=ast.Load()):
                name = imported.get(found, found)
                if found not in imported and found not in _BUILTINS:
                    continue
            case ast.Attribute(value=ast.Name(id=owner), attr=found, ctx=ast.Load()) if owner in modules:
                name = found if found in _LIBRARY else ""
        if name in _BUILTINS | _LIBRARY:
            yield Finding(str(source.path), node.lineno, f"{name} may need it")  # type: ignore[attr-defined]


def _running(node: ast.AST, is_late: bool) -> Iterator[ast.AST]:
    """What runs in functions, which is all of a file that is imported `is_late`."""
    if is_late:
        yield node
    # Decorators and defaults run where a function is defined.
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        inside = node.body if isinstance(node.body, list) else [node.body]
        for part in ast.iter_child_nodes(node):
            yield from _running(part, is_late or part in inside)
        return
    for part in running_parts(node):
        yield from _running(part, is_late)
