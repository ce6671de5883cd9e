from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _all_closed(no_client_stays_open: None) -> None:
    """No test of this room leaves a client connected."""
