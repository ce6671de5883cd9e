"""Compiling inside a database: which lines of a module turn text into code while its functions run.

A module without such lines is published without Python's compiler.
"""

from __future__ import annotations

from .bundle import Bundle
from .check import Finding
from .imports import imports_by_text, imports_of
from .library.definitions import Definitions, definitions_of
from .library.leading import Leading
from .library.older_syntax import library_tree

__all__ = ["lines_that_compile"]


def lines_that_compile(bundle: Bundle) -> list[Finding]:
    """The lines that seem to do so, one by one: those of functions that name a built-in function that does, or what leads to one
    in Python's library; all of a file that a function imports; and what is kept for functions to call it."""
    users = {
        source: definitions_of(source.name, source.is_package, source.tree())
        for source in (*bundle.own, *bundle.taken_along)
    }
    late = {item.name for source in users for item in imports_of(source) if item.is_late}
    late |= {name for source in users for name in imports_by_text(source)}
    leading = Leading(_library(bundle), {file.module: file for file in users.values()})
    found: dict[tuple[str, int], Finding] = {}
    for source, file in users.items():
        for use, inside in file.uses:
            is_running = use.is_late or source.name in late
            if leading.is_reached(use, file, inside, is_running=is_running):
                place, name = (str(source.path), use.line), ".".join(filter(None, use.chain))
                found.setdefault(place, Finding(*place, f"{name.removeprefix('__builtins__.')} may need it"))
    return list(found.values())


def _library(bundle: Bundle) -> dict[str, Definitions]:
    found = {}
    for source in bundle.library():
        # One at a time: a tree is many times its text.
        tree = library_tree(source)
        if tree is not None:
            found[source.name] = definitions_of(source.name, source.is_package, tree)
    return found
