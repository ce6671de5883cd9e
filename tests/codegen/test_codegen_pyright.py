"""Bindings, what is written against them, and the examples, as pyright (Pylance, in many an editor) sees them: strict.

Its basic mode finds less of the same. One run for all, as most of its time goes into beginning.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from spacetimedb_sdk.codegen import generate
from tests.codegen.strange_module import STRANGE
from tests.places import ROOT

# Those that import from their own folder, where a program of theirs is started.
ROOTS = ["examples/chat", "examples/adventure"]
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
    config = tmp_path / "pyrightconfig.json"
    config.write_text(
        json.dumps(
            {
                "include": [*(str(ROOT / place) for place in CHECKED), str(tmp_path / "strange_bindings")],
                "executionEnvironments": [
                    *({"root": str(ROOT / place), "extraPaths": [str(ROOT)]} for place in ROOTS),
                    {"root": str(ROOT)},
                    {"root": str(tmp_path), "extraPaths": [str(ROOT)]},
                ],
                "typeCheckingMode": "strict",
                # Each `type: ignore` stands for an error that must be found.
                "reportUnnecessaryTypeIgnoreComment": "error",
                "pythonVersion": "3.11",
            }
        )
    )
    command = [sys.executable, "-m", "basedpyright", "--project", str(config), "--pythonpath", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
