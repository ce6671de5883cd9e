"""A check, for the rooms that ask for it in their conftest: no test leaves a client connected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.codegen.golden import conformance, conformance_2x

__all__ = ["no_client_stays_open"]


@pytest.fixture
def no_client_stays_open() -> Iterator[None]:
    yield
    assert conformance.MODULE.open_clients == conformance_2x.MODULE.open_clients == []
