"""Imports generated packages under names of their own, and forgets them again."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def import_package() -> Iterator[Callable[[Path, str], ModuleType]]:
    imported: list[str] = []

    def do_import(folder: Path, name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        imported.append(name)
        spec.loader.exec_module(module)
        return module

    yield do_import
    for loaded in list(sys.modules):
        if any(loaded == name or loaded.startswith(f"{name}.") for name in imported):
            del sys.modules[loaded]
