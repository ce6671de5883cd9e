"""A check, for the rooms that ask for it in their conftest: no test leaves a client connected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.codegen.golden import conformance, conformance_2x

__all__ = ["no_client_stays_open"]


def _open_clients() -> list[object]:
    return [*conformance.MODULE.open_clients, *conformance_2x.MODULE.open_clients]


@pytest.fixture
def no_client_stays_open() -> Iterator[None]:
    before = _open_clients()  # what another test has left is not this one's
    yield
    assert [client for client in _open_clients() if client not in before] == []
