"""What each message and each call passes keeps to the number of attributes that CPython looks up quickly."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk.client.core import ClientCore
from tests.client.scripted import connected
from tests.codegen.golden import conformance as bindings
from tests.plugins.counting import has_slow_look_ups


class Anything:
    def __init__(self, count: int) -> None:
        for number in range(count):
            setattr(self, f"a{number}", number)


@pytest.mark.parametrize(("count", "is_slow"), [(29, False), (30, True)])
def test_with_the_thirtieth_attribute_look_ups_are_slow(count: int, is_slow: bool) -> None:
    class Fresh(Anything):
        """A class each: instances share the keys that the first ones had."""

    assert has_slow_look_ups(Fresh(count)) is is_slow


def test_a_core_is_looked_up_quickly() -> None:
    assert not has_slow_look_ups(ClientCore(bindings.MODULE))


def test_a_connected_client_is_looked_up_quickly() -> None:
    client, _ = connected()
    core: Any = client._core
    for part in (client, core, core.turn, core.applier, core.dispatcher, core.subscriptions, core.connection):
        assert not has_slow_look_ups(part), part
    client.close()
