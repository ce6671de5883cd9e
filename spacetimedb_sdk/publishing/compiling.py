"""Compiling inside a database: which lines of a module turn text into code while its functions run.

A module without such lines is published without Python's compiler.
"""

from __future__ import annotations

from .bundle import Bundle
from .check import Finding
from .imports import imports_by_text, imports_of
from .library.definitions import Definition, Definitions, definitions_of
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
    loading = _only_while_loading([(file, source.name in late) for source, file in users.items()])
    found: dict[tuple[str, int], Finding] = {}
    for source, file in users.items():
        for use, inside in file.uses:
            is_running = source.name in late or (use.is_late and inside not in loading)
            if leading.is_reached(use, file, inside, is_running=is_running):
                place, name = (str(source.path), use.line), ".".join(filter(None, use.chain))
                found.setdefault(place, Finding(*place, f"{name.removeprefix('__builtins__.')} may need it"))
    # The compiler's own tables are in it, too.
    tables = {"_symtable", *bundle.imported.get("_symtable", ())}
    for source in users:
        for item in imports_of(source):
            if item.name in tables:
                place = str(source.path), item.line
                found.setdefault(place, Finding(*place, f"{item.name} needs it"))
    return list(found.values())


def _only_while_loading(files: list[tuple[Definitions, bool]]) -> set[Definition | None]:
    """The functions that run where files are loaded, and then no more: such as a decorator of the module's own. Each of `files`
    comes with whether a function imports it."""
    every = [use for file, _ in files for use, _ in file.uses]
    renamed = {part for file, _ in files for name, (_, part) in file.imports.items() if name != part}
    late = {id(use) for file, is_late in files if is_late for use, _ in file.uses}
    called, otherwise = set[str](), set(renamed)
    for use in every:
        is_at_once = not use.is_late and id(use) not in late and use.how in ("called", "decorator")
        (called if is_at_once else otherwise).update(use.chain)
    return {
        definition
        for file, _ in files
        for definition in file.top.values()
        if definition.kind == "function" and not definition.decorators and not definition.has_later
        and definition.name in called - otherwise
    }  # fmt: skip


def _library(bundle: Bundle) -> dict[str, Definitions]:
    found = {}
    for source in bundle.library():
        # One at a time: a tree is many times its text.
        tree = library_tree(source)
        if tree is not None:
            found[source.name] = definitions_of(source.name, source.is_package, tree)
    return found
