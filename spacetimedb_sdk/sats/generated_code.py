"""Functions from generated text: compiled once per text, and shown by tracebacks and debuggers like any other code."""

from __future__ import annotations

import linecache
from binascii import crc32  # `zlib` has it, too, which not every interpreter of Python has
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any

__all__ = ["FunctionBody", "functions_of"]

# Texts whose code is kept: clients of one module have the same codecs, and compiling takes most of making one.
_MOST_TEXTS = 4096


class FunctionBody:
    """The lines of one function in the making, and the constants they name, which go into the globals `env`."""

    def __init__(self, environment: dict[str, object]) -> None:
        self.env = environment
        self.lines: list[str] = []
        self.indent = 1
        self._names = 0

    def name(self, prefix: str) -> str:
        """A variable that the function does not have yet."""
        self._names += 1
        return f"{prefix}{self._names}"

    def constant(self, prefix: str, value: object) -> str:
        """The name under which the function finds `value`."""
        name = f"{prefix}_{len(self.env)}"
        self.env[name] = value
        return name

    def line(self, text: str) -> None:
        """One more line, as deep as `indent`."""
        self.lines.append("    " * self.indent + text)


def functions_of(text: str, environment: dict[str, object], what: str) -> dict[str, Callable[..., Any]]:
    """The functions that `text` defines, with `environment` as their globals; tracebacks call the text `<what ...>`."""
    functions: dict[str, Any] = {}
    exec(_code_of(text, what), environment, functions)
    return functions


@lru_cache(_MOST_TEXTS)
def _code_of(text: str, what: str) -> CodeType:
    name = f"<{what} {crc32(text.encode()):08x}>"
    # An entry without a time of change is taken for code that has no file, and never looked for on disk.
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    return compile(text, name, "exec")
