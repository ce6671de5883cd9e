"""What of a module's sources is a program of its own: a database never runs it, so it may use whatever there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from .imports import Source, running_parts

__all__ = ["Program"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Program:
    """The sources of a module, by what they are for. A file's program is what stands under `if __name__ == "__main__"`, and
    the functions and classes at the file's top that nothing but its program names."""

    def __init__(self, trees: Mapping[Source, ast.Module]) -> None:
        self.trees = trees
        # The names of all methods of its own.
        self.methods = {
            item.name
            for tree in trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            for item in node.body
            if isinstance(item, ast.FunctionDef)
        }
        self._elsewhere = {
            source: {name for other, tree in trees.items() if other is not source for name in _taken(tree)}
            for source in trees
        }

    def outside(self, source: Source) -> Iterator[ast.AST]:
        """Every node of a source that a database may run; annotations are not run."""
        tree = self.trees[source]
        own = self._only_named_by_program(source)
        yield tree
        for part in tree.body:
            if part not in own:
                yield from _running(part)

    def _only_named_by_program(self, source: Source) -> set[_Definition]:
        tree = self.trees[source]
        every = {name for part in tree.body for name in _names(ast.walk(part))}
        found: set[_Definition] = set()
        while True:
            # With each one that is found, what only that one names is found next.
            rest = [part for part in tree.body if part not in found]
            used = {name for part in rest for name in _used_by(part)} | self._elsewhere[source]
            more = {
                part
                for part in rest
                if isinstance(part, _Definition)
                and not part.decorator_list
                and part.name in every
                and part.name not in used
            }
            if not more:
                return found
            found |= more


def _running(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in running_parts(node):
        if isinstance(child, ast.arg):
            continue
        if isinstance(node, ast.AnnAssign) and child is node.annotation:
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and child is node.returns:
            continue
        yield from _running(child)


def _used_by(part: ast.stmt) -> Iterator[str]:
    """The names that a part of a file may look up inside a database; that a function calls itself does not count."""
    own = part.name if isinstance(part, _Definition) else None
    return (name for name in _names(_with_annotations(part)) if name != own)


def _with_annotations(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in running_parts(node):
        yield from _with_annotations(child)


def _names(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
                yield name
            case ast.Constant(value=str(name)):  # `__all__`, getattr(), a name in quotes
                yield name


def _taken(tree: ast.Module) -> Iterator[str]:
    """The names that a file may take from others."""
    for node in _with_annotations(tree):
        match node:
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names)
            case ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name
