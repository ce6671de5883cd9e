"""A world fed by rows."""

from __future__ import annotations

import pytest
from world_rows import WorldRows

from game.match.model import WorldModel


@pytest.fixture
def rows() -> WorldRows:
    return WorldRows(WorldModel())
