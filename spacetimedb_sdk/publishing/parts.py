"""Parts of the interpreter: which of them a module has a use for. The others are not in its file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .bundle import Bundle

__all__ = ["needs"]

# Who imports a module and does as well without it.
_SPARING = {
    "_pickle": {"pickle"},
    # Widths of letters in a traceback's marks, and letters by their names, which are looked for in the module's own sources.
    "unicodedata": {"traceback", "re._parser", "_pycodecs"},
}
# What a module's texts may say that needs one it does not import.
_SAID = {"unicodedata": ("\\N{", "namereplace", "unicode_escape", "unicode-escape")}


def needs(bundle: Bundle, modules: Iterable[str]) -> bool:
    """Whether any of the interpreter's `modules` is imported, or named in a text of the module's own sources."""
    return any(_needs(bundle, module) for module in modules)


def _needs(bundle: Bundle, module: str) -> bool:
    if bundle.imported.get(module, set()) - _SPARING.get(module, set()):
        return True
    users = (*bundle.own, *bundle.taken_along)
    if any(text in source.text() for source in users for text in _SAID.get(module, ())):
        return True
    return any(text == module for source in users for text in _texts(source.tree()))


def _texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
