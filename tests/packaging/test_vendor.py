"""`vendor`: the copy works where it lies, knows its own name, and never takes the place of what it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spacetimedb_sdk.cli import main

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "tests" / "codegen" / "data" / "conformance.v9.json"


def python(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Where no other copy of the SDK can be found: neither installed nor on the path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    blocker = "import sys; sys.modules['spacetimedb_sdk'] = None\n"
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site" / "sitecustomize.py").write_text(blocker)
    environment["PYTHONPATH"] = f"{folder / 'site'}{os.pathsep}{folder}"
    return subprocess.run(
        [sys.executable, *argv], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_copy_generates_bindings_that_find_it_and_serves(
    game: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vendor", "mygame/vendor"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1] == 'pip install websocket-client aiohttp sqlglot "PyJWT[crypto]" blake3 watchfiles'
    copied = sorted(path.relative_to(game / "mygame/vendor") for path in (game / "mygame").rglob("*.py"))
    assert copied == sorted(
        path.relative_to(ROOT)
        for path in (ROOT / "spacetimedb_sdk").rglob("*.py")
        if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
    )
    package = "mygame.vendor.spacetimedb_sdk"
    (game / "mygame" / "rules.py").write_text(
        "from .vendor.spacetimedb_sdk.module import Module, Row, column, u32\n"
        'module = Module("rules")\n'
        "@module.table(public=True)\n"
        "class Thing(Row):\n    thing_id: u32 = column(primary_key=True)\n"
    )
    done = python(game, "-m", package, "generate", "--module", "mygame.rules", "--out", "mygame/bindings")
    assert done.returncode == 0, done.stderr
    program = (
        f"from {package}.testing import LockStep\nimport mygame.bindings\nfrom mygame.rules import module\n"
        "client = LockStep(module).connect(mygame.bindings, ['SELECT * FROM thing'])\n"
        "print(client.is_connected, mygame.bindings.Thing(1))\n"
    )
    done = python(game, "-W", "error", "-c", program)
    assert done.stdout.startswith("True Thing(thing_id=1"), done.stderr
    done = python(game, "-m", package, "describe", "nothing", "--server", "http://127.0.0.1:1")
    assert (done.returncode, done.stderr.split(":")[0]) == (3, f"python -m {package}")


def test_a_client_only_copy_has_all_that_clients_import(
    game: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["vendor", "mygame", "--client-only"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "pip install websocket-client"
    package = "mygame.spacetimedb_sdk"
    assert main(["generate", "--schema", str(SCHEMA), "--out", "mygame/bindings", "--sdk", package]) == 0
    names = [
        ".".join(path.relative_to(game).with_suffix("").parts).removesuffix(".__init__")
        for path in (game / "mygame" / "spacetimedb_sdk").rglob("*.py")
    ]
    assert not [
        name for name in names if name.split(".")[2:3] in (["standalone"], ["cli"], ["codegen"], ["module"])
    ]
    hidden = "import sys\nfor name in ('aiohttp', 'sqlglot', 'jwt', 'blake3', 'pygame', 'watchfiles'): sys.modules[name] = None\n"
    program = hidden + "".join(f"import {name}\n" for name in sorted(names)) + "import mygame.bindings\n"
    done = python(game, "-c", program)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        *(
            ([name, "x"], f"no command '{name}' is in it")
            for name in ("init", "dev", "generate", "start", "sql", "inspect")
        ),
        ([], "no commands are in it"),
        (["--help"], "no commands are in it"),
    ],
)
def test_a_client_only_copy_says_that_it_has_no_commands(game: Path, given: list[str], said: str) -> None:
    assert main(["vendor", "mygame", "--client-only"]) == 0
    done = python(game, "-m", "mygame.spacetimedb_sdk", *given)
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert said in sentence
    assert "`python -m spacetimedb_sdk ...` where the whole SDK is" in sentence


def test_a_copy_is_replaced_when_it_is_said_so(game: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vendor", "lib", "--client-only"]) == 0
    stale = game / "lib" / "spacetimedb_sdk" / "stale.py"
    stale.write_text("")
    assert main(["vendor", "lib"]) == 1
    assert "give --replace" in capsys.readouterr().err
    assert stale.exists()
    assert main(["vendor", "lib", "--replace"]) == 0
    assert not stale.exists()
    assert [path.name for path in (game / "lib").iterdir()] == ["spacetimedb_sdk"]


def test_nothing_else_is_overwritten(game: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = game / "lib" / "spacetimedb_sdk"
    own.mkdir(parents=True)
    (own / "mine.py").write_text("mine")
    assert main(["vendor", "lib", "--replace"]) == 1
    assert "is no copy of the SDK" in capsys.readouterr().err
    assert (own / "mine.py").read_text() == "mine"
    assert main(["vendor", str(ROOT), "--replace"]) == 1
    assert "is the SDK that runs this command" in capsys.readouterr().err
    (game / "file").write_text("")
    assert main(["vendor", "file/lib"]) == 1
    assert "cannot write" in capsys.readouterr().err
