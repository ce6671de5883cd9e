"""Layout: folders that can be taken in at a glance."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import spacetimedb_sdk
from tests.places import ROOT

MOST_MODULES = 15
MOST_LINES = 500
# In 1,000 lines of the SDK: what is known of a value is said.
MOST_ANY = 15


def test_no_folder_has_more_modules_than_one_looks_through() -> None:
    modules = Counter(
        str(path.parent.relative_to(ROOT))
        for top in ("spacetimedb_sdk", "game")
        for path in (ROOT / top).rglob("*.py")
        if not path.name.startswith("__")
    )
    assert {folder: count for folder, count in modules.items() if count > MOST_MODULES} == {}


def test_no_module_is_longer_than_one_reads() -> None:
    lines = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n")
        for top in ("benchmarks", "examples", "game", "runtime", "spacetimedb_sdk", "tests")
        for path in (ROOT / top).rglob("*.py")
        if "golden" not in path.parts
    }
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_what_is_known_of_a_value_is_said() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(spacetimedb_sdk.__file__).parent.rglob("*.py")]
    lines = sum(text.count("\n") for text in texts)
    said = sum(len(re.findall(r"\bAny\b", text)) for text in texts)
    assert said / lines * 1000 <= MOST_ANY, (
        f"{said} in {lines} lines: object, a Protocol or a type variable may do"
    )
