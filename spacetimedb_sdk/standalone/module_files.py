"""Python modules by name: found, imported, and imported again when their files change."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import sys
from pathlib import Path

from ..errors import CommandError, SpacetimeDBException
from ..module import Module
from ..system.plain_text import close_to, error_text
from .errors import is_interrupt

__all__ = ["ModuleFiles", "load_module"]


def load_module(name: str) -> Module:
    """The `Module` that the Python module `name` holds: the one called `module`, or its only one.

    SpacetimeDBException says why there is none: not found, broken, or mistaken (ModuleError, with file and line).
    """
    if name.endswith(".py") or "/" in name or "\\" in name:
        dotted = ".".join(
            part for part in re.split(r"[/\\]", name.removesuffix(".py")) if part not in ("", ".")
        )
        raise CommandError(
            f"--module takes a dotted name, as import does, not the path {name!r}: --module {dotted}"
        )
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        loaded = importlib.import_module(name)
    except SpacetimeDBException:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            here = [found.name for found in pkgutil.iter_modules([os.getcwd()])]
            raise CommandError(
                f"there is no Python module {name!r} here{close_to(name.partition(':')[0], here)}: --module takes a dotted "
                f"name, importable from {os.getcwd()}"
            ) from error
        raise CommandError(f"module {name!r} imports {error.name!r}, which is not installed") from error
    except BaseException as error:  # the user's own code may raise anything while it is imported, or leave
        if is_interrupt(error):
            raise
        raise CommandError(f"module {name!r} cannot be imported: {_where(error)}") from error
    found = [value for value in vars(loaded).values() if isinstance(value, Module)]
    chosen = getattr(loaded, "module", None)
    if isinstance(chosen, Module):
        found = [chosen]
    if not found:
        raise CommandError(
            f"{name!r} makes no module: write `module = Module({name.rpartition('.')[2]!r})` in it, or name another"
        )
    if len(found) != 1:
        raise CommandError(f"{name!r} holds {len(found)} modules: call the one to run `module`")
    found[0].definition()
    return found[0]


def _where(error: BaseException) -> str:
    """The error with the place it came from."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg} ({error.filename}:{error.lineno})"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace is not None else ""
    return f"{type(error).__name__}: {error_text(error)}{place}"


def _is_installed(file: Path) -> bool:
    """Whether a file is a library's: those do not change, and may not be imported twice."""
    return bool({"site-packages", "dist-packages", "lib-dynload"} & set(file.parts)) or file.is_relative_to(
        Path(__file__).resolve().parent.parent
    )


class ModuleFiles:
    """The files of the Python module `name` and of its package, as they were when last looked at; of a module that is in no
    package also those beside it that it imported."""

    def __init__(self, name: str) -> None:
        self.name = name
        loaded = sys.modules[name]
        # A module inside a package may be spread over it.
        self._package = name if hasattr(loaded, "__path__") else name.rpartition(".")[0]
        self._beside = self._helpers()
        self._stamps = self._look()

    def _own(self) -> list[str]:
        prefix = f"{self._package}." if self._package else None
        return [
            name
            for name in list(sys.modules)
            if name in (self.name, self._package)
            or (prefix is not None and name.startswith(prefix))
            or name in self._beside
        ]

    def _helpers(self) -> frozenset[str]:
        """What was loaded out of the folder of a top-level module, and below it: its author's too, but for libraries."""
        file = getattr(sys.modules[self.name], "__file__", None)
        if self._package or file is None:
            return frozenset()
        folder = Path(file).resolve().parent
        found = set()
        for name, module in list(sys.modules.items()):
            home = getattr(module, "__file__", None)
            if home is not None and name != "__main__":
                path = Path(home).resolve()
                if path.is_relative_to(folder) and not _is_installed(path):
                    found.add(name)
        return frozenset(found)

    def _look(self) -> dict[str, tuple[int, int]]:
        stamps = {}
        for name in self._own():
            file = getattr(sys.modules[name], "__file__", None)
            if file is not None:
                try:
                    status = Path(file).stat()
                except FileNotFoundError:  # being replaced by an editor just now
                    continue
                stamps[file] = (status.st_mtime_ns, status.st_size)
        return stamps

    def changed(self) -> bool:
        """Whether a file is another than at the last look, or at the start."""
        before, self._stamps = self._stamps, self._look()
        return before != self._stamps

    def load_again(self) -> Module:
        """The module as its files are now. SpacetimeDBException as `load_module`: what was loaded before stays then."""
        before = {name: sys.modules.pop(name) for name in self._own()}
        importlib.invalidate_caches()
        try:
            module = load_module(self.name)
        except BaseException:  # whatever it is: half of a module must not stay
            for name in self._own():
                del sys.modules[name]
            sys.modules.update(before)
            raise
        self._beside = self._helpers()
        self._stamps = self._look()
        return module
