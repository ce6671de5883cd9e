"""A world fed by rows."""

from __future__ import annotations

import pytest

from game.match.world import World
from tests.game.world_rows import WorldRows


@pytest.fixture
def rows() -> WorldRows:
    return WorldRows(World())
