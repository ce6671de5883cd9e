"""The built wheel, an empty environment, and the folder copied into another project."""

from __future__ import annotations

import ast
import email
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from spacetimedb_sdk import __version__
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import module
from tests.places import ROOT

SDK = ROOT / "spacetimedb_sdk"
SCHEMA = ROOT / "tests" / "codegen" / "data" / "conformance.v9.json"

# Builds bindings' rows through the whole path that needs no server.
USE_BINDINGS = """
import {bindings} as bindings
item = bindings.Item(1, "sword", bindings.Colour.Red, 2, {sdk}.types.Identity(bytes(32)), bindings.Vector2(0.5, 1.0))
codec = bindings.MODULE.space.row_codec(bindings.MODULE.tables["item"].row, bindings.Item)
assert codec.decode(codec.encode(item)) == item
"""


def attempt(python: Path | str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(python), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def run(python: Path | str, *arguments: str, cwd: Path) -> str:
    done = attempt(python, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def empty_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = ["-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    # Compiled is what is imported, when it is.
    run(sys.executable, *pip, "--no-compile", str(wheel), cwd=folder)
    return python


@pytest.fixture(scope="module")
def with_bindings(empty_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with bindings that were generated there."""
    folder = tmp_path_factory.mktemp("bound")
    command = ["-m", "spacetimedb_sdk", "generate", "--schema", str(SCHEMA), "--out", "bindings"]
    run(empty_environment, *command, cwd=folder)
    return folder


def test_the_wheel_holds_the_sdk_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "spacetimedb_sdk",
        f"spacetimedb_python-{__version__}.dist-info",
    }
    assert "spacetimedb_sdk/py.typed" in names
    sources = {
        str(path.relative_to(ROOT)).replace(os.sep, "/")
        for path in [*SDK.rglob("*.py"), *SDK.rglob("*.tmpl")]
    }
    assert sources <= set(names)
    assert any(name.endswith("play.py.tmpl") for name in names)
    assert not [name for name in names if name.endswith(".pyc")]


def test_websocket_client_is_all_it_needs(empty_environment: Path, with_bindings: Path) -> None:
    listing = (
        "from importlib.metadata import distributions\nprint(*[found.name for found in distributions()])"
    )
    installed = run(empty_environment, "-c", listing, cwd=with_bindings).split()
    assert set(installed) == {"spacetimedb-python", "websocket-client"}
    program = (
        "import spacetimedb_sdk, spacetimedb_sdk.local_config, spacetimedb_sdk.module\n"
        "from spacetimedb_sdk.spacetimedb_client import Identity, Address, ReducerEvent, SpacetimeDBClient\n"
        "from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient, SpacetimeDBException\n"
        "for name in spacetimedb_sdk.__all__: getattr(spacetimedb_sdk, name)\n"
        + USE_BINDINGS.format(bindings="bindings", sdk="spacetimedb_sdk")
    )
    run(empty_environment, "-W", "error", "-c", program, cwd=with_bindings)


def test_the_server_names_its_packages(empty_environment: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(
        'from spacetimedb_sdk.module import Module\nmodule = Module("rules")\n'
    )
    run(
        empty_environment,
        "-m",
        "spacetimedb_sdk",
        "generate",
        "--module",
        "rules",
        "--out",
        "out",
        cwd=tmp_path,
    )
    done = attempt(empty_environment, "-m", "spacetimedb_sdk", "start", "--module", "rules", cwd=tmp_path)
    assert done.returncode == 1
    assert 'pip install aiohttp sqlglot "PyJWT[crypto]" blake3' in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_bare_environment_plays_on_a_server(empty_environment: Path, with_bindings: Path) -> None:
    """websocket-client alone: connect, subscribe, call, on both faces."""
    program = (
        "import asyncio, sys, bindings\n"
        "from spacetimedb_sdk import SpacetimeDBAsyncClient, SpacetimeDBClient\n"
        "with SpacetimeDBClient.init(None, sys.argv[1], 'bare', False, bindings) as client:\n"
        "    while not client.is_connected: client.update(timeout=1.0)\n"
        "    client.subscriptions.add(['SELECT * FROM item']).result(timeout=30)\n"
        "    print(bindings.Reducers(client).add_items('sword', 2).result(timeout=30).committed, len(bindings.Item.iter()))\n"
        "async def main():\n"
        "    async with SpacetimeDBAsyncClient(bindings) as other:\n"
        "        await other.connect(None, sys.argv[1], 'bare', False)\n"
        "        print((await other.call_reducer('add_items', 'axe', 1)).committed)\n"
        "asyncio.run(main())\n"
    )
    with Server(module, database="bare") as server:
        assert run(empty_environment, "-c", program, server.host, cwd=with_bindings) == "True 2\nTrue\n"


def test_a_new_game_comes_out_of_the_wheel(empty_environment: Path, tmp_path: Path) -> None:
    said = run(empty_environment, "-m", "spacetimedb_sdk", "init", "mygame", cwd=tmp_path).splitlines()
    assert said[-2:] == ["  pip install -r requirements.txt", "  python -m spacetimedb_sdk dev"]
    assert not (tmp_path / "mygame" / "spacetimedb_sdk").exists(), "what is installed is not copied"
    done = attempt(empty_environment, "-m", "spacetimedb_sdk", "dev", cwd=tmp_path / "mygame")
    assert done.returncode == 1
    assert done.stderr.endswith('pip install aiohttp sqlglot "PyJWT[crypto]" blake3 watchfiles\n')
    assert len(done.stderr.splitlines()) == 1


def test_what_an_index_would_be_given_is_whole(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), cwd=ROOT)
    (archive,) = tmp_path.glob("*.tar.gz")
    folder = f"spacetimedb_python-{__version__}/"
    with tarfile.open(archive) as opened:
        names = {name.removeprefix(folder) for name in opened.getnames()}
        packed = opened.extractfile(f"{folder}PKG-INFO")
        assert packed is not None
        source = email.message_from_bytes(packed.read())
    assert {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"} <= names
    assert {
        name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("spacetimedb_sdk/")
    } <= names
    built = email.message_from_bytes(
        zipfile.ZipFile(wheel).read(f"spacetimedb_python-{__version__}.dist-info/METADATA")
    )
    for metadata in (source, built):
        assert metadata["Description-Content-Type"] == "text/markdown"
        assert metadata["License-Expression"] == "MIT"
        assert metadata["Requires-Python"] == ">=3.11"
        assert "SpacetimeDB" in metadata.get_payload()


def test_the_import_loads_nothing_it_does_not_need() -> None:
    program = (
        "import sys, websocket\n"
        "before = set(sys.modules)\n"
        "import spacetimedb_sdk\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    loaded = run(sys.executable, "-c", program, cwd=ROOT).split()
    heavy = {"asyncio", "aiohttp", "configparser", "inspect", "sqlglot", "tempfile", "unittest", "pygame"}
    assert not heavy & set(loaded)
    tops = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("spacetimedb_sdk.")}
    unneeded = {"codegen", "http", "local_config", "module", "standalone", "testing", "transport"}
    assert not {f"spacetimedb_sdk.{name}" for name in unneeded} & tops


def test_every_import_inside_the_sdk_is_relative() -> None:
    absolute = []
    sources = {path: path.read_text(encoding="utf-8") for path in SDK.rglob("*.py")}
    naming = {path: source for path, source in sources.items() if "spacetimedb_sdk" in source}
    assert 10 < len(naming) < len(sources)
    for path, source in naming.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            absolute += [f"{path}:{node.lineno}" for name in names if name.split(".")[0] == "spacetimedb_sdk"]
    assert absolute == []


def test_the_folder_works_wherever_it_is_copied(tmp_path: Path) -> None:
    vendored = tmp_path / "mygame" / "vendor" / "spacetimedb_sdk"
    shutil.copytree(SDK, vendored, ignore=shutil.ignore_patterns("__pycache__"))
    package = "mygame.vendor.spacetimedb_sdk"
    command = ["generate", "--schema", str(SCHEMA), "--out", "mygame/bindings", "--sdk", package]
    run(sys.executable, "-m", package, *command, cwd=tmp_path)
    program = (
        f"import sys, {package}.types\n"
        f"from {package} import SpacetimeDBAsyncClient, SpacetimeDBClient\n"
        + USE_BINDINGS.format(bindings="mygame.bindings", sdk=package)
        + "strays = [name for name in sys.modules if name.split('.')[0] == 'spacetimedb_sdk']\n"
        "assert not strays, strays\n"
    )
    run(sys.executable, "-W", "error", "-c", program, cwd=tmp_path)
