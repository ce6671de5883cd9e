"""The feeder of rows is shared with the tests of a match, which lie beside these."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "match"))

import pytest
from world_rows import WorldRows

from game.match.model import WorldModel


@pytest.fixture
def rows() -> WorldRows:
    return WorldRows(WorldModel())
