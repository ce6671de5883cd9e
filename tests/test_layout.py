"""Layout: folders that can be taken in at a glance."""

from __future__ import annotations

from collections import Counter

from tests.places import ROOT

MOST_MODULES = 15


def test_no_folder_has_more_modules_than_one_looks_through() -> None:
    modules = Counter(
        str(path.parent.relative_to(ROOT))
        for top in ("spacetimedb_sdk", "game")
        for path in (ROOT / top).rglob("*.py")
        if not path.name.startswith("__")
    )
    assert {folder: count for folder, count in modules.items() if count > MOST_MODULES} == {}
