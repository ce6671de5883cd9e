"""The interpreter as files: where it is looked for, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from spacetimedb_sdk.publishing import interpreter
from spacetimedb_sdk.publishing.interpreter import (
    ABI_1,
    Interpreter,
    Part,
    RuntimeMissingError,
    find_interpreter,
)

VARIABLE = "SPACETIMEDB_PYTHON_RUNTIME"


def runtime(folder: Path) -> Path:
    (folder / "lib").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "builtin_modules.json").write_text('["sys", "math"]')
    (folder / "python-1.x.wasm").write_bytes(b"\0asm" + bytes(folder.name, "ascii"))
    return folder


@pytest.fixture(autouse=True)
def nothing_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(interpreter, "_CHECKOUT", tmp_path / "checkout")
    monkeypatch.setattr(interpreter, "_PACKAGE", "runtime_for_this_test")


def test_the_installed_package_is_found_before_what_a_checkout_has_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime(tmp_path / "checkout")
    assert find_interpreter().folder == tmp_path / "checkout"
    installed = runtime(tmp_path / "site" / "runtime_for_this_test")
    monkeypatch.syspath_prepend(tmp_path / "site")
    found = find_interpreter()
    assert (found.folder, found.library) == (installed, installed / "lib")
    assert found.builtin_modules == {"sys", "math"}
    assert found.wasm(ABI_1) == b"\0asmruntime_for_this_test"


def test_the_parts_of_an_interpreter_are_numbers_and_stretches_and_an_older_one_has_none(
    tmp_path: Path,
) -> None:
    found = Interpreter(runtime(tmp_path / "older"))
    with pytest.raises(RuntimeMissingError, match="older version: build it again with `make runtime`"):
        found.parts(ABI_1)
    (found.folder / "python-1.x.parts.json").write_text(
        '{"version": 2, "parts": {"xml": {"modules": ["pyexpat"], "functions": [[3, 5], [9, 10]], "data": [[64, 80]]}}}'
    )
    said = (
        "what Python has for xml was left out when this module was published, for no line of it seemed to need it: "
        "import its module at the top of a file"
    )
    assert found.parts(ABI_1) == {"xml": Part(("pyexpat",), frozenset([3, 4, 9]), ((64, 80),), said)}
    (found.folder / "python-1.x.parts.json").write_text(
        '{"xml": {"modules": [], "functions": [], "data": []}}'
    )
    with pytest.raises(RuntimeMissingError, match="older version"):
        found.parts(ABI_1)


def test_a_named_folder_is_the_only_one_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime(tmp_path / "checkout")
    monkeypatch.setenv(VARIABLE, str(runtime(tmp_path / "named")))
    assert find_interpreter().folder == tmp_path / "named"
    # `make runtime` is told to build into the folder around the package.
    around = runtime(tmp_path / "dist" / "runtime_for_this_test")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "dist"))
    assert find_interpreter().folder == around
    monkeypatch.setenv(VARIABLE, str(tmp_path / "elsewhere"))
    with pytest.raises(RuntimeMissingError, match="elsewhere"):
        find_interpreter()


def test_where_there_is_none_it_says_how_to_come_by_one() -> None:
    with pytest.raises(RuntimeMissingError, match="spacetimedb-python-runtime.*make runtime.*" + VARIABLE):
        find_interpreter()
