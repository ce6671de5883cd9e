"""The committed bindings of the examples and of the benchmark are those of their modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*.py")}


@pytest.mark.parametrize(
    ("folder", "module", "bindings"),
    [
        ("examples/chat", "chat_module", "examples/chat/module_bindings"),
        ("examples/adventure", "adventure_module", "examples/adventure/module_bindings"),
        ("examples/tanks", "tanks_module", "examples/tanks/module_bindings"),
        (".", "benchmarks.peers.rows_module", "benchmarks/peers/rows_bindings"),
    ],
)
def test_they_are_up_to_date(folder: str, module: str, bindings: str, tmp_path: Path) -> None:
    out = tmp_path / Path(bindings).name
    subprocess.run(
        [sys.executable, "-m", "spacetimedb_sdk", "generate", "--module", module, "--out", str(out)],
        cwd=ROOT / folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    assert contents(out) == contents(ROOT / bindings), "run `make bindings`"
