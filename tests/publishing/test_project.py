"""Bindings from a module's folder and from a compiled module, with no server running."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from spacetimedb_sdk.cli import main
from tests.places import ROOT

CONFORMANCE = ROOT / "tests" / "conformance"
RULES = """
from spacetimedb_sdk.module import Module, ReducerContext, Row, column, i32

module = Module("shop")


@module.table(public=True)
class Item(Row):
    id: i32 = column(primary_key=True)


@module.reducer
def buy(ctx: ReducerContext, id: i32) -> None: ...
"""


def generate(out: Path, *source: str) -> int:
    return main(["generate", "--lang", "python", "--out-dir", str(out), *source])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.py")}


@pytest.mark.parametrize(
    ("wasm", "golden", "schema"),
    [
        ("conformance", "conformance", "conformance.v9.json"),
        ("conformance-2x", "conformance_2x", "conformance_2x.v10.json"),
    ],
)
def test_a_compiled_module_has_the_bindings_of_its_live_server(
    wasm: str, golden: str, schema: str, tmp_path: Path
) -> None:
    (tmp_path / f"{golden}.wasm").write_bytes((CONFORMANCE / f"{wasm}.wasm").read_bytes())
    assert generate(tmp_path / "compiled", "--bin-path", str(tmp_path / f"{golden}.wasm")) == 0
    shown = tmp_path / schema
    shutil.copy(ROOT / "tests" / "codegen" / "data" / schema, shown)
    assert main(["generate", "--schema", str(shown), "--out", str(tmp_path / "live")]) == 0
    compiled, live = files(tmp_path / "compiled"), files(tmp_path / "live")
    assert compiled.keys() == live.keys()
    # A server fills in names and sorts: what programs import and call is the same.
    for name in compiled.keys() - {"_module.py", "__init__.py"}:
        assert compiled[name] == live[name], name


def test_the_folder_of_a_python_module_is_read_directly(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    (folder / "rules_of_shop").mkdir(parents=True)
    (folder / "rules_of_shop" / "__init__.py").write_text(RULES)
    assert generate(tmp_path / "module_bindings", "--project-path", str(folder)) == 0
    assert {"item.py", "buy_reducer.py"} <= files(tmp_path / "module_bindings").keys()
    assert "shop" in (tmp_path / "module_bindings" / "__init__.py").read_text()


def test_a_folder_may_be_the_package_itself(tmp_path: Path) -> None:
    folder = tmp_path / "rules_as_package"
    folder.mkdir()
    (folder / "__init__.py").write_text(RULES)
    assert generate(tmp_path / "module_bindings", "--project-path", str(folder)) == 0


def test_of_several_modules_the_settings_name_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("first_rules", "second_rules"):
        (tmp_path / f"{name}.py").write_text(RULES.replace("shop", name))
    assert generate(tmp_path / "bindings", "--project-path", str(tmp_path)) == 1
    assert "2 modules, first_rules, second_rules" in capsys.readouterr().err
    (tmp_path / "pyproject.toml").write_text('[tool.spacetimedb]\nmodule = "second_rules"\n')
    assert generate(tmp_path / "bindings", "--project-path", str(tmp_path)) == 0
    assert "second_rules" in (tmp_path / "bindings" / "__init__.py").read_text()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "holds no module that is known"),
        ({"Cargo.toml": "[package]"}, "a module in Rust, which has not been built"),
        ({"shop.csproj": "<Project/>"}, "a module in C#, which has not been built"),
        ({"package.json": "{}"}, "a module in TypeScript, which has not been built"),
        ({"pyproject.toml": "= no toml"}, "pyproject.toml cannot be read"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    files: dict[str, str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # as on a machine without the tools
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert generate(tmp_path / "bindings", "--project-path", str(tmp_path)) == 1
    assert said in capsys.readouterr().err


def test_a_module_that_was_built_before_serves_where_no_tool_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built = tmp_path / "target" / "wasm32-unknown-unknown" / "release"
    built.mkdir(parents=True)
    (tmp_path / "Cargo.toml").write_text("[package]")
    (built / "broken.wasm").write_bytes(b"no module")
    (built / "conformance.wasm").write_bytes((CONFORMANCE / "conformance.wasm").read_bytes())
    source = tmp_path / "src" / "lib.rs"
    source.parent.mkdir()
    source.write_text("")
    compiled = (built / "conformance.wasm").stat().st_mtime
    os.utime(source, (compiled - 1, compiled - 1))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert generate(tmp_path / "bindings", "--project-path", str(tmp_path)) == 0
    assert "item.py" in files(tmp_path / "bindings")
    assert capsys.readouterr().err == ""
    # What has been changed since is said to be missing.
    os.utime(source, (compiled + 1, compiled + 1))
    assert generate(tmp_path / "bindings", "--project-path", str(tmp_path)) == 0
    assert f"{source} is newer than {built / 'conformance.wasm'}" in capsys.readouterr().err


def test_what_cargo_has_built_elsewhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crate, elsewhere, programs = tmp_path / "crate", tmp_path / "elsewhere", tmp_path / "programs"
    built = elsewhere / "wasm32-unknown-unknown" / "release"
    for folder in (crate, built, programs):
        folder.mkdir(parents=True)
    (crate / "Cargo.toml").write_text("[package]")
    (built / "my_rules.wasm").write_bytes((CONFORMANCE / "conformance.wasm").read_bytes())
    package = {"name": "my-rules", "manifest_path": str(crate / "Cargo.toml")}
    answer = json.dumps({"packages": [package], "target_directory": str(elsewhere)})
    (programs / "cargo").write_text(f"#!/bin/sh\necho '{answer}'\n")
    (programs / "cargo").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("RUSTC", raising=False)
    assert generate(tmp_path / "bindings", "--project-path", str(crate)) == 0
    assert "item.py" in files(tmp_path / "bindings")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no wasm at all", "no WebAssembly module"),
        (b"\0asm\1\0\0\0", "no module of SpacetimeDB"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_module_is_named(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.wasm"
    if content is not None:
        file.write_bytes(content)
    assert generate(tmp_path / "bindings", "--bin-path", str(file)) == 1
    told = capsys.readouterr().err
    assert "some.wasm" in told
    assert said in told


def test_other_languages_are_referred_to_the_official_tool(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "--lang", "csharp", "--out-dir", "x", "--project-path", "y"]) == 2
    assert "spacetime generate --lang csharp" in capsys.readouterr().err
