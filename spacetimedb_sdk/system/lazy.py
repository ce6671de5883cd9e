"""Classes that a package loads when they are first named (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from .plain_text import LateText, close_to

__all__ = ["lazy_classes"]


def lazy_classes(package: str, files: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package whose classes lie in `files`, by class name."""

    def __getattr__(name: str) -> Any:
        if name not in files:
            module = sys.modules.get(package)

            def text() -> str:
                close = "" if name.startswith("__") else close_to(name, getattr(module, "__all__", files))
                return f"module {package!r} has no attribute {name!r}{close}"

            raise AttributeError(LateText(text), name=name, obj=module)
        return getattr(import_module(files[name], package), name)

    return __getattr__
