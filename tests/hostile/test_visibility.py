"""Tables with visibility filters are as cheap to ask for as others: nothing of them is found, or joined, in one go."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Identity
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Server
from tests.hostile.clients import LoopTurns, attacker
from tests.hostile.visibility_module import module

ZERO_IDENTITY = Identity(bytes(32))
# Each row has ten partners or none.
MANY = "SELECT a.* FROM item a JOIN item b ON a.level = b.level"
NONE = "SELECT a.* FROM item a JOIN item b ON a.level = b.level WHERE b.id = 99999"
PARTS = "SELECT part.* FROM part WHERE id = 7"


@pytest.mark.parametrize("text", [MANY, NONE, PARTS])
@pytest.mark.parametrize("way", ["subscription", "one-off", "http"])
def test_no_turn_has_all_the_work(way: str, text: str) -> None:
    with Server(module, database="hostile") as server:
        server.run(lambda database: database.call("fill", 4_000, 400, sender=ZERO_IDENTITY))
        turns = LoopTurns(server)
        if way == "http":
            HttpClient(server.url, None, timeout=120).sql("hostile", text)
        else:
            hostile = attacker(server)
            message: v2.ClientMessage = v2.OneOffQuery(1, text)
            if way == "subscription":
                message = v2.Subscribe(1, v2.QuerySetId(1), [text])
            hostile.send_binary(v2.CLIENT_MESSAGE.encode(message))
            assert hostile.recv()
            hostile.close(timeout=0)
        longest, whole = max(turns.seconds), sum(turns.seconds)
    # Of the processor: a turn takes some milliseconds, the whole in one go at least some tenths of a second; more of each where
    # the machine is slow, or lines are counted.
    assert longest < max(whole / 4, 0.1), (longest, whole)
