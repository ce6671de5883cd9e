"""A world fed by rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from game import language
from game.match.world import World
from tests.game.world_rows import WorldRows


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever language the machine has, and whichever a test leaves behind."""
    monkeypatch.setenv("LANGUAGE", "en")
    yield
    language.use("en")


@pytest.fixture
def rows() -> WorldRows:
    return WorldRows(World())
