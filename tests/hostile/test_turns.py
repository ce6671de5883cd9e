"""Whatever one client asks for within the limits, the others are served meanwhile."""

from __future__ import annotations

import asyncio
import time

import pytest

from spacetimedb_sdk.module import Identity
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Limits, Server
from spacetimedb_sdk.standalone.turns import SLICE_SECONDS, Turns
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.clients import Victim, attacker
from tests.hostile.hostile_module import module

NOBODY = Identity(bytes(32))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_the_victim_is_answered_while_the_attacker_is_worked_for(attack: Attack) -> None:
    with Server(module, database="hostile") as server:
        server.run(lambda database: database.call("fill", attack.rows, 100, "i", sender=NOBODY))
        hostile = attacker(server)
        with Victim(server) as victim:
            while len(victim.waits) < 5:
                time.sleep(0.001)
            before = len(victim.waits)
            began = time.perf_counter()
            for frame in attack.frames():
                hostile.send_binary(frame)
            for _ in range(attack.answers):
                assert hostile.recv()
            spent = time.perf_counter() - began
            waits = victim.waits[before:]
        hostile.close()
    # It was not all done in one go: the victim had answers in between, none of which took most of the time.
    assert len(waits) >= 5
    assert max(waits) < max(spent / 2, 0.2)


def test_who_has_used_least_goes_first() -> None:
    order: list[str] = []
    now = 0.0

    async def contend() -> None:
        nonlocal now
        turns = Turns(lambda: now)
        greedy, modest = turns.share(), turns.share()

        async def work(name: str, share: object, seconds: float, times: int) -> None:
            nonlocal now
            for _ in range(times):
                async with share:  # type: ignore[attr-defined]
                    now += seconds
                    order.append(name)

        await asyncio.gather(
            work("greedy", greedy, SLICE_SECONDS * 2, 20),
            work("another", turns.share(), SLICE_SECONDS * 2, 20),
            work("modest", modest, SLICE_SECONDS / 10, 5),
        )

    asyncio.run(contend())
    # The modest one has all it wants before the greedy ones have had three slices each.
    assert order.index("modest", 0) < 3
    assert max(place for place, name in enumerate(order) if name == "modest") < 12


def test_who_does_not_read_is_not_read_from() -> None:
    """Answers of half a megabyte to questions of a few bytes pile up no further than they are read."""
    with Server(module, database="hostile", limits=Limits(owed_bytes=16 << 20)) as server:
        server.run(lambda database: database.call("fill", 5_000, 100, "x" * 100, sender=NOBODY))
        hostile = attacker(server)
        question = v2.CLIENT_MESSAGE.encode(v2.OneOffQuery(1, "SELECT * FROM item"))
        with Victim(server) as victim:
            for _ in range(200):
                hostile.send_binary(question)
            while len(victim.waits) < 200:
                owed = server.run(
                    lambda _: max(item.owed_bytes for item in server.running.database_host.connections)
                )
                assert owed < 32 << 20
        # All are answered once it reads.
        for _ in range(200):
            assert len(hostile.recv()) > 500_000
        hostile.close()
