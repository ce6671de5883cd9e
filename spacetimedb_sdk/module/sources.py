"""Sources: what a module's functions and types look like in Python, for tools that show them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from .declarations import ProcedureDeclaration, ReducerDeclaration, ViewDeclaration
from .module import Module

__all__ = ["docs_of", "function_text", "functions_of_module"]


def functions_of_module(module: Module) -> Mapping[str, Callable[..., Any]]:
    """The functions of reducers, procedures and views, by the names that they go by."""
    items: list[ReducerDeclaration | ProcedureDeclaration | ViewDeclaration] = [
        *module.reducers.values(),
        *module.procedures.values(),
        *module.views.values(),
    ]
    return {item.name: item.function for item in items}


def docs_of(module: Module) -> Mapping[str, str]:
    """What the types that a module uses say of themselves, by their names."""
    built = module.build()
    docs = {item.name: built.classes[item.ref].__dict__.get("__doc__") for item in built.definition.types}
    return {name: inspect.cleandoc(doc) for name, doc in docs.items() if doc}


def function_text(function: Callable[..., Any]) -> tuple[str, str]:
    """What a function says of itself, and the lines of its body; empty where there is no source to be had."""
    doc = inspect.getdoc(function) or ""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        (node,) = ast.parse(text).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return doc, ""
    assert isinstance(node, ast.FunctionDef)
    lines = text.splitlines()
    statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not statements:
        return doc, ""
    first = statements[0]
    if first.lineno == node.lineno:  # all on one line
        return doc, lines[first.lineno - 1][first.col_offset :]
    start = first.lineno - 1
    while lines[start - 1].lstrip().startswith("#"):  # what is said above the first line belongs to it
        start -= 1
    return doc, textwrap.dedent("\n".join(lines[start:])).strip("\n")
