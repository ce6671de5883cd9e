"""What each message and each call passes keeps to the number of attributes that CPython looks up quickly."""

from __future__ import annotations

from spacetimedb_sdk.client.core import ClientCore
from tests.client.scripted import connected
from tests.codegen.golden import conformance as bindings

# Instances of a class share their keys up to here (SHARED_KEYS_MAX_SIZE); with one more each has a dictionary of its own,
# and no look-up of an attribute or of a method is specialised any more.
SHARED_KEYS = 30


def test_the_core_shares_its_keys() -> None:
    assert len(vars(ClientCore(bindings.MODULE))) <= SHARED_KEYS


def test_a_connected_client_shares_its_keys() -> None:
    client, _ = connected()
    core = client._core
    for part in (client, core, core.turn, core.applier, core.dispatcher, core.subscriptions, core.connection):
        assert len(vars(part)) <= SHARED_KEYS, part
    client.close()
