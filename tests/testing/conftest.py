from __future__ import annotations

from collections.abc import Iterator

import pytest
from codegen.golden import conformance, conformance_2x

from spacetimedb_sdk.testing.pytest_plugin import (  # noqa: F401 - fixtures
    bad_network,
    lock_step,
    spacetimedb_client,
    spacetimedb_server,
)


@pytest.fixture(autouse=True)
def _nobody_stays_connected() -> Iterator[None]:
    yield
    assert conformance.MODULE._open == conformance_2x.MODULE._open == []
