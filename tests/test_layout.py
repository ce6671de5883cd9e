"""Layout: folders, modules and functions that can be taken in at a glance, and floors that every file stands on."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import spacetimedb_sdk
from tests.places import ROOT

MOST_MODULES = 15
MOST_LINES = 500
MOST_LINES_OF_HALF = 180
MOST_LINES_OF_A_FUNCTION = 60
# At the top of the SDK, beside its version.
MOST_NAMES = 35
MOST_AT_THE_ROOT = 18
# In 1,000 lines of the SDK: what is known of a value is said.
MOST_ANY = 15


@cache
def modules() -> dict[str, str]:
    """The text of each module of the SDK and the game."""
    # The SDK may be an installed one.
    tops = (Path(spacetimedb_sdk.__file__).parent, ROOT / "game")
    texts = {
        str(path.relative_to(top.parent)): path.read_text(encoding="utf-8")
        for top in tops
        for path in top.rglob("*.py")
    }
    assert len(texts) > 400
    return texts


def test_no_folder_has_more_modules_than_one_looks_through() -> None:
    folders = Counter(str(Path(name).parent) for name in modules() if not Path(name).name.startswith("__"))
    assert {folder: count for folder, count in folders.items() if count > MOST_MODULES} == {}


def test_no_module_is_longer_than_one_reads() -> None:
    lines = {name: text.count("\n") for name, text in modules().items()}
    assert median(lines.values()) <= MOST_LINES_OF_HALF
    for top in ("benchmarks", "examples", "runtime", "tests"):
        for path in (ROOT / top).rglob("*.py"):
            # Peers that a benchmark has installed are not of this house, nor is the library of a built interpreter.
            if not {"golden", ".peers", "dist", "target"} & set(path.relative_to(ROOT).parts):
                lines[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8").count("\n")
    for path in ROOT.glob("accelerator/src/*.[ch]"):
        lines[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8").count("\n")
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{name}: {node.name}": node.end_lineno - node.lineno + 1
        for name, text in modules().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    assert {name: count for name, count in long.items() if count > MOST_LINES_OF_A_FUNCTION} == {}


def test_the_sdk_has_few_names_at_its_top() -> None:
    assert len(set(spacetimedb_sdk.__all__) - {"__version__"}) <= MOST_NAMES


def test_the_root_has_few_entries() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = {name.partition("/")[0] for name in listed.stdout.splitlines()}
    # A copy without git's folder may have anything beside it: there it is no matter of the sources.
    assert len(names) <= MOST_AT_THE_ROOT, sorted(names)


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert settings["root_packages"] == ["spacetimedb_sdk", "game", "module_bindings"]
    return list(settings["contracts"])


def test_every_file_stands_on_a_floor() -> None:
    """import-linter guards what its contracts name: none of them may leave a file out, or an import."""
    layers = [contract for contract in contracts() if contract["type"] == "layers"]
    assert [contract["name"] for contract in layers if not contract.get("exhaustive")] == []
    assert [
        contract["name"] for contract in layers if contract.keys() & {"ignore_imports", "exhaustive_ignores"}
    ] == []
    assert {"spacetimedb_sdk", "game"} <= {place for contract in layers for place in contract["containers"]}


def test_what_is_known_of_a_value_is_said() -> None:
    texts = [text for name, text in modules().items() if name.startswith("spacetimedb_sdk")]
    lines = sum(text.count("\n") for text in texts)
    said = sum(len(re.findall(r"\bAny\b", text)) for text in texts)
    assert said / lines * 1000 <= MOST_ANY, (
        f"{said} in {lines} lines: object, a Protocol or a type variable may do"
    )
