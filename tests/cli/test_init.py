"""`init`: the new game passes its own tests and checks, whatever it is called, and nothing that is there is touched."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.cli.project.init import TEMPLATES
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.system.requirements import EXTRAS, requirements
from tests.codegen.golden import conformance
from tests.conformance.conformance_module import module

ROOT = Path(__file__).parents[2]
# What mypy knows of the SDK is the same for every game.
MYPY_CACHE = ROOT / ".mypy_cache" / "new-games"


def run(folder: Path, *argv: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """In the game's folder, as its maker would: nothing but `path` leads to the SDK."""
    environment = {
        **os.environ,
        "SDL_VIDEODRIVER": "dummy",
        "PYTHONPATH": path,
        "HOME": str(folder),
        "MYPY_CACHE_DIR": str(MYPY_CACHE),
    }
    return subprocess.run(
        [sys.executable, "-m", *argv],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def served(game: Path) -> Iterator[str]:
    """The rules of the game by a server of their own; its address."""
    start = "-m spacetimedb_sdk start --module rules --listen 127.0.0.1:0 --in-memory --parent"
    with subprocess.Popen(
        [sys.executable, *start.split()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=game,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(game)},
    ) as server:  # fmt: skip
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[1]
        finally:
            server.stdin.close()


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_new_game_passes_its_tests_and_every_check(
    template: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    game = tmp_path / "My-Game_2"
    assert main(["init", str(game), "--template", template]) == 0
    said = capsys.readouterr().out.splitlines()
    count = len([path for path in game.rglob("*") if path.is_file() and "__pycache__" not in path.parts])
    assert said == [f"{game}: {count} files", "next:", f"  cd {game}", "  python -m spacetimedb_sdk dev"]
    left = [
        path
        for path in game.rglob("*.*")
        if path.suffix in (".py", ".md", ".toml") and "{{" in path.read_text()
    ]
    assert left == []
    for check in (["pytest", "-q"], ["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]):
        done = run(game, *check, path=str(ROOT))
        assert done.returncode == 0, done.stdout + done.stderr
    settings = tomllib.loads((game / "pyproject.toml").read_text())["tool"]["spacetimedb"]
    assert (settings["module"], settings["database"], settings["bindings"]) == (
        "rules",
        "my-game-2",
        "module_bindings",
    )
    assert (game / settings["client"].split()[1]).is_file()


def test_the_packages_are_those_of_the_one_place(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "game")]) == 0
    listed = (tmp_path / "game" / "requirements.txt").read_text().split()
    assert set(requirements(*(set(EXTRAS) - {"brotli", "publish", "inspect", "lan"}))) <= set(listed)


def test_where_the_sdk_is_not_installed_the_game_gets_a_copy(tmp_path: Path) -> None:
    """In a bare environment, started from a checkout: the new game has all it needs but the packages, which are named."""
    assert main(["vendor", str(tmp_path / "checkout")]) == 0
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    game = tmp_path / "game"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def bare(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-m", "spacetimedb_sdk", *argv]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    done = bare(tmp_path / "checkout", "init", str(game))
    assert done.returncode == 0, done.stderr
    assert f"{game / 'spacetimedb_sdk'}: a copy of the SDK" in done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "  pip install -r requirements.txt",
        "  python -m spacetimedb_sdk dev",
    ]
    assert (game / "module_bindings" / "player.py").is_file()
    done = bare(game, "start", "--module", "rules")
    assert done.returncode == 1
    assert 'pip install aiohttp sqlglot "PyJWT[crypto]" blake3' in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("used", "is not empty"),
        ("file", "is a file"),
        ("9lives", "cannot name a game"),
        ("con", "cannot name a game"),
        ("-", "cannot name a game"),
        ("a" * 41, "cannot name a game"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    assert main(["init", "--", str(tmp_path / name)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine.txt", "used"]


def test_the_page_tells_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "new-game.md").read_text()
    assert re.findall(r"`--template (\w+)`", page) == list(TEMPLATES)
    assert main(["init", str(tmp_path / "mygame")]) == 0
    table = page.partition("| Where | What |")[2].partition("## dev")[0]
    for name in re.findall(r"`([\w./]+)`", table.replace("`dev`", "")):
        assert (tmp_path / "mygame" / name).exists(), name
    settings = tomllib.loads(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0])["tool"]["spacetimedb"]
    written = tomllib.loads((tmp_path / "mygame" / "pyproject.toml").read_text())["tool"]["spacetimedb"]
    assert settings == {**written, "data-dir": "data"}


async def in_a_cell(scope: dict[str, Any], code: str) -> Any:
    """A cell of a notebook: top-level `await`, one scope, a loop that runs already."""
    compiled = compile(code, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(compiled, scope)
    return await result if inspect.iscoroutine(result) else result


def test_a_new_game_is_given_away_as_one_file(tmp_path: Path) -> None:
    game, build = tmp_path / "gems", tmp_path / "gems" / "build"
    assert main(["init", str(game)]) == 0
    assert run(game, "spacetimedb_sdk", "vendor", "build", "--client-only", path=str(ROOT)).returncode == 0
    for name in ("client", "module_bindings"):
        shutil.copytree(game / name, build / name)
    for path in game.glob("*.py"):
        shutil.copy(path, build)
    assert run(game, "zipapp", "build", "--main", "play:main", "--output", "gems.pyz").returncode == 0
    with served(game) as url:
        # Apart from the folder it was made in, and from every path that leads to the SDK.
        where = "import spacetimedb_sdk, sys; sys.stderr.write(spacetimedb_sdk.__file__); "
        start = f"sys.argv[1:] = ['--server', '{url}', '--seconds', '1']; import play; sys.exit(play.main())"
        done = subprocess.run(
            [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(game / 'gems.pyz')!r}); {where}{start}"],
            cwd=tmp_path, env={**os.environ, "SDL_VIDEODRIVER": "dummy", "HOME": str(tmp_path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(game / "gems.pyz") in done.stderr


def test_the_clients_work_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "module_bindings", conformance)
    with Server(module, database="my-game") as server:
        cell = (
            "if 'client' in globals(): client.close()\n"
            "import module_bindings\n"
            "from spacetimedb_sdk import SpacetimeDBClient\n"
            f"client = SpacetimeDBClient.init(None, '{server.host}', 'my-game', False, module_bindings)\n"
            "client.subscribe(['SELECT * FROM item'])\n"
            "while not client.is_connected: client.update(timeout=1.0)\n"
            "count = len(module_bindings.Item.iter())\n"
        )
        awaited = (
            "from spacetimedb_sdk import SpacetimeDBAsyncClient\n"
            "other = SpacetimeDBAsyncClient(module_bindings)\n"
            f"await other.connect(None, '{server.host}', 'my-game', False)\n"
            "result = await module_bindings.Reducers(other.client).add_items('sword', 2)\n"
            "await other.close()\n"
        )
        scope: dict[str, Any] = {}

        async def notebook() -> None:
            for code in (cell, cell, awaited):
                await in_a_cell(scope, code)
            scope["client"].close()

        asyncio.run(notebook())
    assert scope["result"].committed
