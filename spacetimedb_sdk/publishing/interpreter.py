"""The interpreter as files: where the finished runtime lies, and what Python it brings along.

It comes from the package `spacetimedb_python_runtime`, or from `runtime/dist` of a checkout where it has been built; the
environment variable `SPACETIMEDB_PYTHON_RUNTIME` names another folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from ..errors import SpacetimeDBException

__all__ = ["Abi", "Interpreter", "Part", "RuntimeMissingError", "find_interpreter"]

_VARIABLE = "SPACETIMEDB_PYTHON_RUNTIME"
_PACKAGE = "spacetimedb_python_runtime"
_CHECKOUT = Path(__file__).resolve().parents[2] / "runtime" / "dist" / _PACKAGE

# The two generations of servers, by the functions they offer to a module.
Abi = str
ABI_1, ABI_2 = "1.x", "2.x"
# The part that turns text into code, and what is in no interpreter: modules whose names are left.
COMPILER, NEVER = "compiler", "never"
# Of what is written about the parts, and of how an interpreter is told that one of them was left out.
_VERSION = 2


class RuntimeMissingError(SpacetimeDBException):
    """There is no interpreter to put a module into."""


@dataclass(frozen=True, slots=True)
class Part:
    """What of an interpreter serves one purpose alone: modules, functions by their number, and stretches of its memory,
    `(start, end)`; `said` is why it is not there, where it was left out."""

    modules: tuple[str, ...]
    functions: frozenset[int]
    data: tuple[tuple[int, int], ...]
    said: str


@dataclass(frozen=True)
class Interpreter:
    """A folder with `python-1.x.wasm` and `python-2.x.wasm`, what of them are parts, `lib/` and `builtin_modules.json`."""

    folder: Path

    def wasm(self, abi: Abi) -> bytes:
        """The interpreter for servers of that generation."""
        return (self.folder / f"python-{abi}.wasm").read_bytes()

    def parts(self, abi: Abi) -> dict[str, Part]:
        """The parts of the interpreter that a module may go without. RuntimeMissingError where an older one knows none."""
        try:
            written = json.loads((self.folder / f"python-{abi}.parts.json").read_text())
            if written.pop("version", 1) != _VERSION:
                raise FileNotFoundError  # what those interpreters are asked for, and how, was another
        except FileNotFoundError:
            raise RuntimeMissingError(
                f"the interpreter in {self.folder} is of an older version: build it again with `make runtime`, or install its "
                "newer wheel, spacetimedb-python-runtime"
            ) from None
        return {
            name: Part(
                tuple(part["modules"]),
                frozenset(number for start, end in part["functions"] for number in range(start, end)),
                tuple((start, end) for start, end in part["data"]),
                _said(name),
            )
            for name, part in written["parts"].items()
        }

    @property
    def library(self) -> Path:
        """Python's standard library, as far as it is of use in a module."""
        return self.folder / "lib"

    @cached_property
    def builtin_modules(self) -> frozenset[str]:
        """The modules that are part of the interpreter and have no file."""
        return frozenset(json.loads((self.folder / "builtin_modules.json").read_text()))


def _said(part: str) -> str:
    what, remedy = f"what Python has for {part}", "import its module at the top of a file"
    if part == COMPILER:
        what, remedy = "Python's compiler", "publish it with --compiler"
    return (
        f"{what} was left out when this module was published, for no line of it seemed to need it: {remedy}"
    )


def find_interpreter() -> Interpreter:
    """The runtime that is installed or built. RuntimeMissingError says how to come by one."""
    named = os.environ.get(_VARIABLE)
    if named:
        candidates = [Path(named), Path(named) / _PACKAGE]  # `runtime/dist` holds the package
    else:
        spec = find_spec(_PACKAGE)
        candidates = [Path(place) for place in spec.submodule_search_locations or ()] if spec else []
        candidates.append(_CHECKOUT)
    for folder in candidates:
        if (folder / "builtin_modules.json").is_file():
            return Interpreter(folder)
    raise RuntimeMissingError(
        "publishing a Python module needs the interpreter it runs in: install its wheel, spacetimedb-python-runtime, or build "
        f"it with `make runtime` in a checkout of this project (needs Rust), or name the folder it lies in with {_VARIABLE}"
        + (f" (there is none in {named})" if named else "")
    )
