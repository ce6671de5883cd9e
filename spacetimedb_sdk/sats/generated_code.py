"""Functions from generated text: compiled once per text, and shown by tracebacks and debuggers like any other code."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any
from zlib import crc32

__all__ = ["functions_of"]

# Texts whose code is kept: clients of one module have the same codecs, and compiling takes most of making one.
_MOST_TEXTS = 4096


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
