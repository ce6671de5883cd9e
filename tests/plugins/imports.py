"""Imports of a test's own: packages that were just generated, or lie in an example, under names that others have, too."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["importable"]


@contextmanager
def importable(folder: Path, *names: str) -> Iterator[None]:
    """Packages and modules called `names` are those in `folder`; afterwards they are what they were before."""

    def loaded() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] in names]

    others = {name: sys.modules.pop(name) for name in loaded()}
    sys.path.insert(0, str(folder))
    # The folder may have been looked into before the package was written.
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in loaded():
            del sys.modules[name]
        sys.modules.update(others)
