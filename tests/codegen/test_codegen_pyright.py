"""Bindings, what is written against them, the examples and new games, as pyright (Pylance, in many an editor) sees them: strict.

Its basic mode finds less of the same. One run for all, as most of its time goes into beginning.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from spacetimedb_sdk.__main__ import main
from spacetimedb_sdk.codegen import generate
from tests.codegen.strange_module import STRANGE
from tests.places import ROOT

TEMPLATES = ["pygame", "bot", "chat"]

# Those that import from their own folder, where a program of theirs is started.
ROOTS = ["examples/chat", "examples/adventure", "examples/tanks"]
CHECKED = [
    "module_bindings",
    "examples",
    "benchmarks/peers/rows_bindings",
    "tests/codegen/golden",
    "tests/codegen/typed_module.py",
    "tests/codegen/typed_program.py",
]


def test_pyright_finds_nothing(tmp_path: Path) -> None:
    generate(STRANGE, tmp_path / "strange_bindings", module_name="strange")
    games = [tmp_path / template for template in TEMPLATES]
    for game in games:
        assert main(["init", str(game), "--template", game.name]) == 0
    config = tmp_path / "pyrightconfig.json"
    config.write_text(
        json.dumps(
            {
                "include": [*(str(ROOT / place) for place in CHECKED), str(tmp_path)],
                "executionEnvironments": [
                    *({"root": str(ROOT / place), "extraPaths": [str(ROOT)]} for place in ROOTS),
                    *({"root": str(game), "extraPaths": [str(ROOT)]} for game in games),
                    {"root": str(ROOT)},
                    {"root": str(tmp_path), "extraPaths": [str(ROOT)]},
                ],
                "typeCheckingMode": "strict",
                # Each `type: ignore` stands for an error that must be found.
                "reportUnnecessaryTypeIgnoreComment": "error",
                "pythonVersion": "3.11",
                # Where pygame and pytest are.
                "venvPath": str(Path(sys.prefix).parent),
                "venv": Path(sys.prefix).name,
            }
        )
    )
    command = [sys.executable, "-m", "basedpyright", "--project", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
