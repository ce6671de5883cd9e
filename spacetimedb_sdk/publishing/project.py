"""Project folders: what the module in them defines, whatever language it is written in.

A module in Python is imported. One in Rust, C# or TypeScript is built by its own tool, `spacetime build` or cargo, and the
file that comes of it is asked for its definition; where no tool is installed, a file that was built before serves.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import SchemaError
from ..sats.schema.module_def import ModuleDef
from ..standalone.module_files import load_module
from ..system.parsing import parsed_toml
from .definition import definition_of
from .wasm_file import is_wasm

__all__ = ["project_definition"]

_RUST_TARGET = "wasm32-unknown-unknown"
# Where a module never is: what is installed, built, or tests one.
_ELSEWHERE = frozenset(
    {"tests", "test", "node_modules", "target", "build", "dist", "bin", "obj", "module_bindings"}
)
_SOURCES = frozenset({".rs", ".cs", ".ts"})


def project_definition(folder: Path, note: Callable[[str], None]) -> tuple[ModuleDef, str]:
    """The definition of the module in `folder`, and the name it goes by.

    `note` is called with a sentence where the definition may not be that of the sources. SchemaError says what is missing:
    a module, or the tool that builds it.
    """
    if not folder.is_dir():
        raise SchemaError(f"there is no folder {folder}")
    folder = folder.resolve()
    if (folder / "Cargo.toml").is_file():
        return definition_of(_built(folder, note, "Rust", cargo=True)), folder.name
    if any(folder.glob("*.csproj")):
        return definition_of(_built(folder, note, "C#")), folder.name
    if (folder / "package.json").is_file():
        return definition_of(_built(folder, note, "TypeScript")), folder.name
    return _python_module(folder)


def _python_module(folder: Path) -> tuple[ModuleDef, str]:
    # A folder that is a package itself is imported from beside it.
    root = folder.parent if (folder / "__init__.py").is_file() else folder
    name = _named(folder) or _found(folder, root)
    sys.path.insert(0, str(root))
    try:
        module = load_module(name)
    finally:
        sys.path.remove(str(root))
    return module.definition(), module.name


def _named(folder: Path) -> str | None:
    """The module that the project's settings name."""
    try:
        settings = parsed_toml((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SchemaError(f"{folder / 'pyproject.toml'} cannot be read: {error}") from error
    found: object = settings
    for key in ("tool", "spacetimedb", "module"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _found(folder: Path, root: Path) -> str:
    """The one module among the Python files of a folder."""
    if root is not folder and _makes_module(folder / "__init__.py"):
        return folder.name
    names = list(_candidates(folder, root))
    if len(names) == 1:
        return names[0]
    if not names:
        raise SchemaError(
            f"{folder} holds no module that is known: neither Python that makes a `Module(...)`, nor a Cargo.toml, a .csproj or "
            "a package.json"
        )
    raise SchemaError(
        f"{folder} holds {len(names)} modules, {', '.join(sorted(names))}: name one with --module, or in pyproject.toml as "
        "`module` of [tool.spacetimedb]"
    )


def _candidates(folder: Path, root: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part in _ELSEWHERE for part in parts[:-1])
        if not hidden and not parts[-1].startswith("test_") and _makes_module(path):
            inner = path.relative_to(root).with_suffix("").parts
            yield ".".join(inner[:-1] if inner[-1] == "__init__" else inner)


def _makes_module(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "spacetimedb_sdk.module" in text and "= Module(" in text


def _built(folder: Path, note: Callable[[str], None], language: str, *, cargo: bool = False) -> Path:
    """The compiled module of a project: built now where its tool is installed, otherwise as it was built before."""
    is_built_now = True
    if shutil.which("spacetime"):
        _run(["spacetime", "build", "--project-path", str(folder)], folder)
    elif cargo and shutil.which("cargo") and _has_rust_target():
        _run(["cargo", "build", "--release", "--target", _RUST_TARGET], folder)
    else:
        is_built_now = False
    compiled = itertools.chain(_outputs(folder), _of_cargo(folder) if cargo else ())
    newest = max(compiled, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        tools = (
            f"`spacetime`, or cargo with `rustup target add {_RUST_TARGET}`"
            if cargo
            else "`spacetime`, the official tool"
        )
        raise SchemaError(
            f"{folder} is a module in {language}, which has not been built: install {tools}, or name a compiled module with "
            "--bin-path FILE.wasm"
        )
    changed = None if is_built_now else _changed_since(newest, folder)
    if changed is not None:
        note(
            f"{changed} is newer than {newest}, and nothing here can build it: the bindings may be behind it"
        )
    return newest


def _changed_since(compiled: Path, folder: Path) -> Path | None:
    """A source that is younger than what was compiled of it."""
    built = compiled.stat().st_mtime
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SOURCES and _ELSEWHERE.isdisjoint(path.relative_to(folder).parts[:-1]):
            if path.stat().st_mtime > built:
                return path
    return None


def _has_rust_target() -> bool:
    compiler = os.environ.get("RUSTC") or "rustc"
    if shutil.which(compiler) is None:
        return False
    root = subprocess.run(
        [compiler, "--print", "sysroot"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(root) and (Path(root) / "lib" / "rustlib" / _RUST_TARGET).is_dir()


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["without a word"]
        raise SchemaError(f"`{' '.join(command)}` failed in {folder}: {last[0]}")


def _of_cargo(folder: Path) -> Iterator[Path]:
    """What cargo has built of a crate, wherever it builds: in the folder of its workspace, or where CARGO_TARGET_DIR says."""
    if shutil.which("cargo") is None:
        return
    words = ["--no-deps", "--offline", "--format-version", "1"]
    done = subprocess.run(["cargo", "metadata", *words], cwd=folder, capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        return
    metadata = json.loads(done.stdout)
    for package in metadata["packages"]:
        name = package["name"].replace("-", "_")
        path = Path(metadata["target_directory"]) / _RUST_TARGET / "release" / f"{name}.wasm"
        if path.is_file() and Path(package["manifest_path"]).parent == folder.resolve():
            yield path


def _outputs(folder: Path) -> Iterator[Path]:
    for pattern in (
        f"target/{_RUST_TARGET}/release/*.wasm",
        "**/publish/*.wasm",
        "bin/**/*.wasm",
        "dist/**/*.wasm",
    ):
        for path in folder.glob(pattern):
            with path.open("rb") as file:
                if is_wasm(file.read(8)):
                    yield path
