"""Writes a bindings package: deterministic, and careful with whatever else lies in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import SpacetimeDBException
from ..sats.schema.module_def import ModuleDef
from ..system.whole_files import write_whole
from .connect_file import async_client_file, client_file, connect_file
from .handles_file import handles_file
from .init_file import init_file
from .marker import is_generated, may_be_replaced
from .module_file import module_file
from .plan import make_plan
from .procedure_file import procedure_file
from .reducer_file import reducer_file
from .table_file import table_file
from .type_file import type_file

__all__ = ["GenerateError", "generate", "render", "write_package"]


class GenerateError(SpacetimeDBException):
    """Bindings that cannot be written where they were asked for."""


def render(definition: ModuleDef, *, module_name: str, sdk: str = "spacetimedb_sdk") -> dict[str, str]:
    """The text of every file of the package, by file name."""
    if not all(part.isidentifier() for part in sdk.split(".")):
        raise GenerateError(
            f"{sdk!r} is not the name of a package: give --sdk as in mygame.vendor.spacetimedb_sdk"
        )
    plan = make_plan(definition, module_name=module_name, sdk=sdk)
    files = {
        "__init__.py": init_file(plan),
        "_async_client.py": async_client_file(plan),
        "_client.py": client_file(plan),
        "_connect.py": connect_file(plan),
        "_handles.py": handles_file(plan),
        "_module.py": module_file(plan),
    }
    files.update((f"{table.stem}.py", table_file(plan, table)) for table in plan.tables)
    files.update((f"{type_plan.stem}.py", type_file(plan, type_plan)) for type_plan in plan.types)
    files.update((f"{reducer.stem}.py", reducer_file(plan, reducer)) for reducer in plan.reducers)
    files.update((f"{item.stem}.py", procedure_file(plan, item)) for item in plan.procedures)
    return files


def generate(
    definition: ModuleDef, folder: Path, *, module_name: str, sdk: str = "spacetimedb_sdk"
) -> list[Path]:
    """Write the bindings of `definition` into `folder`; the files of the package, sorted."""
    return write_package(folder, render(definition, module_name=module_name, sdk=sdk))


def write_package(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write `files` and remove generated ones that are no longer among them. GenerateError before anything is touched."""
    if folder.exists() and not folder.is_dir():
        raise GenerateError(f"{folder} is a file: name a folder with --out")
    try:
        present = {path.name: _text(path) for path in folder.glob("*.py")} if folder.exists() else {}
        for name in files:
            if name in present and not may_be_replaced(present[name]):
                raise GenerateError(
                    f"{folder / name} was not generated: move it away, or generate into another folder"
                )
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            if present.get(name) != text:
                write_whole(folder / name, text, private=False)
        for name, text in present.items():
            if name not in files and is_generated(text):
                (folder / name).unlink()
    except OSError as error:
        raise GenerateError(f"cannot write to {folder}: {error.strerror or error}") from error
    return sorted(folder / name for name in files)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")
