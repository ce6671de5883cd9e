"""v1.json on a running server: what one client sends as JSON, another receives as BSATN, and both hold the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.codegen.any_schema import values
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Compound, Scalar
from tests.plugins.waiting import PATIENCE, until

TABLES = ("scalar", "compound")
# A server that compiles somebody's module answers others late.
_PATIENCE = 10 * PATIENCE


@pytest.fixture
def clients(real_server: str) -> Iterator[tuple[SpacetimeDBClient, SpacetimeDBClient]]:
    """One over v1.json, one over v1.bsatn; both see every scalar and compound."""
    host, opened = real_server.removeprefix("http://"), []
    try:
        for protocol in ("v1.json", "v1"):
            client = SpacetimeDBClient.init(None, host, "conformance", False, bindings, protocol=protocol)
            opened.append(client)
            until(lambda client=client: client.is_connected, client, seconds=_PATIENCE)  # type: ignore[misc]
            applied: list[bool] = []
            client.register_on_subscription_applied(lambda applied=applied: applied.append(True))
            client.subscribe([f"SELECT * FROM {table}" for table in TABLES])
            until(lambda applied=applied: bool(applied), client, seconds=_PATIENCE)  # type: ignore[misc]
        yield opened[0], opened[1]
    finally:
        for client in opened:
            client.close()


def short_floats(value: Any) -> Any:
    """The value with floats of few digits: SpacetimeDB reads the last bits of others in JSON as it likes."""
    match value:
        case float():
            return int(value) % 1000 / 8
        case tuple() | list():
            return type(value)(map(short_floats, value))
        case _ if is_dataclass(value):
            parts = {field.name: short_floats(getattr(value, field.name)) for field in fields(value)}
            return replace(value, **parts)  # type: ignore[type-var]
    return value


@pytest.mark.real_server
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_values_arrive_as_they_were_sent(
    clients: tuple[SpacetimeDBClient, SpacetimeDBClient], data: st.DataObject
) -> None:
    text, binary = clients
    space, reducers = bindings.MODULE.space, bindings.MODULE.reducers
    scalar = short_floats(data.draw(values(space, reducers["set_scalar"].params)))
    compound = short_floats(data.draw(values(space, reducers["add_compound"].params)))
    known = set(binary.cache.table("compound").rows)
    text.call_reducer("set_scalar", *scalar)
    text.call_reducer("add_compound", *compound)
    row = Scalar(*scalar)
    until(lambda: all(client.cache.table("scalar").find("id", row.id) == row for client in clients), *clients)
    until(
        lambda: len(text.cache.table("compound")) == len(binary.cache.table("compound")) > len(known),
        *clients,
    )
    (added,) = set(binary.cache.table("compound").rows) - known
    assert text.cache.table("compound").rows[added] == Compound(added, *compound)
    for table in TABLES:
        assert text.cache.table(table).rows == binary.cache.table(table).rows
