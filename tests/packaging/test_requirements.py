"""Packages by their names: one place, which pyproject.toml and the pages agree with, and one sentence where any is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import spacetimedb_sdk
from spacetimedb_sdk.system.requirements import EXTRAS, pip_line, require, requirements

ROOT = Path(__file__).parents[2]
SERVER = 'aiohttp sqlglot "PyJWT[crypto]" blake3'
SERVER_SENTENCE = re.compile(
    r"the embedded server needs packages that are not installed \([\w, ]+\): pip install " + re.escape(SERVER)
)
RULES = 'from spacetimedb_sdk.module import Module\nmodule = Module("rules")\n'


def bare(tmp_path: Path, *argv: str, hidden: set[str] | None = None) -> subprocess.CompletedProcess[str]:
    """`python ARGV` where the packages of every extra but the client's are hidden, as in a bare environment."""
    (tmp_path / "rules.py").write_text(RULES)
    every = {module for packages in EXTRAS.values() for module in packages}
    names = sorted(every - {"websocket"} if hidden is None else hidden)
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(f"import sys\nfor name in {names}: sys.modules[name] = None\n")
    path = os.pathsep.join([str(site), str(ROOT), str(tmp_path)])
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "HOME": str(tmp_path),
        "BLACKHOLIO_CONFIG_DIR": str(tmp_path),
    }
    return subprocess.run(
        [sys.executable, *argv], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )


def test_pyproject_asks_for_what_the_one_place_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["dependencies"]) == set(requirements("client"))
    extras = {
        name: set(listed) for name, listed in project["optional-dependencies"].items() if name in EXTRAS
    }
    assert extras == {name: set(requirements(name)) for name in EXTRAS if name != "client"}


def test_the_page_on_installing_has_the_lines() -> None:
    page = (ROOT / "docs" / "installing.md").read_text()
    for extras in (
        ("client",),
        ("server",),
        ("server", "dev-server"),
        ("game",),
        ("brotli",),
        ("inspect",),
        ("lan",),
    ):
        assert f"`{pip_line(*extras)}`" in page
    assert f"spacetimedb_python-{spacetimedb_sdk.__version__}-py3-none-any.whl" in page
    assert spacetimedb_sdk.MissingPackageError.__name__ in page


def test_no_text_names_a_package_that_is_on_no_index() -> None:
    told = []
    for path in subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0"):
        if path.endswith((".md", ".py", ".toml", ".yml", "Makefile", ".tmpl")) and (ROOT / path).is_file():
            text = (ROOT / path).read_text(encoding="utf-8")
            told += [
                f"{path}: {hit}"
                for hit in re.findall(r"pip install[^\n]*(?<!-m )spacetimedb[-_]?(?:python|sdk)\b.*", text)
            ]
    # The wheel that is built here is a file.
    assert [line for line in told if "dist/spacetimedb_python-" not in line] == []


# Each way in where nothing is installed, and some of them where a few packages are missing.
@pytest.mark.parametrize(
    ("program", "hidden"),
    [
        ("-m spacetimedb_sdk start --module rules", None),
        ("-c from spacetimedb_sdk.standalone import Server", None),
        ("-c from spacetimedb_sdk.standalone import Database", None),
        ("-c from spacetimedb_sdk.standalone.server import serve", None),
        ("-c from spacetimedb_sdk.testing import LockStep", None),
        ("-c import spacetimedb_sdk.testing.pytest_plugin", None),
        ("-c import spacetimedb_sdk.standalone.sql.parser", None),
        ("-c import spacetimedb_sdk.standalone.hosting.auth", None),
        ("-m spacetimedb_sdk start --module rules", {"sqlglot"}),
        ("-c import spacetimedb_sdk.standalone.hosting.auth", {"sqlglot"}),
        ("-m spacetimedb_sdk start --module rules", {"blake3", "jwt"}),
        ("-c import spacetimedb_sdk.standalone.sql.parser", {"blake3", "jwt"}),
    ],
)
def test_the_server_says_what_it_needs_in_one_sentence(
    tmp_path: Path, program: str, hidden: set[str] | None
) -> None:
    option, _, rest = program.partition(" ")
    done = bare(tmp_path, option, *([rest] if option == "-c" else rest.split()), hidden=hidden)
    assert done.returncode == 1
    assert SERVER_SENTENCE.search(done.stderr.splitlines()[-1]), done.stderr
    if option == "-m":
        assert len(done.stderr.splitlines()) == 1
    for name in hidden or ():
        assert name in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "command",
    [
        "generate --module rules --out out",
        f"generate --schema {ROOT / 'tests/codegen/data/conformance.v9.json'} --out out",
        "vendor game --client-only",
        "--help",
    ],
)
def test_what_asks_no_server_needs_no_package(tmp_path: Path, command: str) -> None:
    every = {module for packages in EXTRAS.values() for module in packages}
    done = bare(tmp_path, "-m", "spacetimedb_sdk", *command.split(), hidden=every)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "generate --server http://127.0.0.1:1 --database d --out out",
        "describe d --server http://127.0.0.1:1",
        "sql d q --server http://127.0.0.1:1",
        "login --server http://127.0.0.1:1",
        "logs d --server http://127.0.0.1:1",
    ],
)
def test_what_asks_a_server_over_http_needs_no_package(tmp_path: Path, command: str) -> None:
    done = bare(tmp_path, "-m", "spacetimedb_sdk", *command.split(), hidden={"websocket"})
    assert done.returncode == 3
    assert "nothing listens there" in done.stderr


def test_a_client_names_its_package(tmp_path: Path) -> None:
    done = bare(tmp_path, "-c", "import spacetimedb_sdk.spacetimedb_client", hidden={"websocket"})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "a client needs packages that are not installed (websocket): pip install websocket-client"
    )


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("", f"pip install websocket-client pygame {SERVER}"),
        ("play", f"pip install websocket-client pygame {SERVER}"),
        ("play --server 127.0.0.1:1", "pip install websocket-client pygame"),
        ("host", f"pip install websocket-client {SERVER}"),
    ],
)
def test_blackholio_names_all_that_is_missing(tmp_path: Path, command: str, line: str) -> None:
    done = bare(tmp_path, str(ROOT / "run_game.py"), *command.split())
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.endswith(f": {line}\n")


@pytest.mark.parametrize(
    "command",
    [
        "-m spacetimedb_sdk inspect shop",
        "-m spacetimedb_sdk start --module rules --inspect",
        f"{ROOT / 'run_game.py'} host --inspect",
    ],
)
def test_the_inspector_names_its_package(tmp_path: Path, command: str) -> None:
    done = bare(tmp_path, *command.split(), hidden={"nicegui"})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "(nicegui): pip install " in done.stderr
    assert done.stderr.endswith("nicegui\n")


def test_who_does_not_ask_for_the_inspector_loads_none_of_it(tmp_path: Path) -> None:
    program = (
        "import sys, spacetimedb_sdk.cli, spacetimedb_sdk.standalone.command\n"
        "from spacetimedb_sdk import SpacetimeDBAsyncClient, SpacetimeDBClient\n"
        "print([name for name in sys.modules if 'inspector' in name or 'nicegui' in name])\n"
    )
    assert bare(tmp_path, "-c", program, hidden=set()).stdout == "[]\n"


def test_brotli_is_named_where_it_is_asked_for(tmp_path: Path) -> None:
    program = (
        "from spacetimedb_sdk import MissingPackageError\n"
        "from spacetimedb_sdk.client.options import ConnectOptions\n"
        "try: ConnectOptions(compression='brotli').compression_for(False)\n"
        "except MissingPackageError as error: print(error.missing, error.remedy, isinstance(error, ImportError))\n"
    )
    done = bare(tmp_path, "-c", program)
    assert done.stdout == "('brotli',) pip install brotli True\n", done.stderr


def test_an_older_python_is_told_so(tmp_path: Path) -> None:
    done = bare(tmp_path, "-c", "import sys; sys.version_info = (3, 10, 9)\nimport spacetimedb_sdk")
    assert done.stderr.splitlines()[-1].startswith(
        "ImportError: spacetimedb_sdk needs Python 3.11 or newer, this is 3.10.9"
    )


def test_what_is_installed_is_not_complained_of() -> None:
    require("a test", *EXTRAS)
