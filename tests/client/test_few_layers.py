"""What a small message passes on its way to a row callback: each layer costs as much as the row itself."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_mock import MockerFixture

from benchmarks.peers import rows_bindings
from benchmarks.peers.ours import Client
from benchmarks.peers.rows_bindings.go_reducer import go
from benchmarks.peers.scenarios import CASES, transactions
from benchmarks.peers.wire import WIRES, addressed
from spacetimedb_sdk.testing import ScriptedTransport
from tests.plugins.counting import python_calls
from tests.plugins.waiting import until

# A few more than there are with Python 3.11; later ones enter fewer. v2 does not say whose call it was.
MOST_CALLS = {"v1": 45, "v2": 43}
# From a call to its callback, through a socket.
MOST_CALLS_OF_A_CALL = 69
CASE = CASES["single"]
TRANSACTIONS = 50
# What is compiled after the first few hundred of a kind comes before those that are counted.
BEFORE = 250


@pytest.mark.parametrize("protocol", MOST_CALLS)
def test_a_transaction_of_one_row_passes_few_functions(protocol: str) -> None:
    wire = WIRES[protocol]()
    transport = ScriptedTransport(on_open=lambda link: link.receive(wire.greeting()))
    seen: list[str] = []
    with transport.connect_client(rows_bindings, protocol=protocol, verify_schema=False) as client:
        client.update()
        client.register_row_update("flat", lambda row_op, old, new, event: seen.append(row_op))
        client.subscribe(["SELECT * FROM flat"])
        moved = [
            changes for changes, _ in zip(transactions(CASE), range(BEFORE + TRANSACTIONS), strict=False)
        ]
        rows = [deletes[0] for deletes, _ in moved]
        asked = transport.link.sent[-1]
        assert isinstance(asked, bytes)
        ids = wire.subscription(asked)
        transport.link.receive(addressed(wire.applied(CASE, rows), *ids))
        client.update()
        frames = [addressed(wire.transaction(CASE, deletes, inserts), *ids) for deletes, inserts in moved]

        def pass_on(frames: list[bytes]) -> None:
            for frame in frames:
                transport.link.receive(frame)
                client.update()

        pass_on(frames[:BEFORE])
        seen.clear()
        assert python_calls(lambda: pass_on(frames[BEFORE:])) <= MOST_CALLS[protocol] * TRANSACTIONS
        assert seen == ["update"] * TRANSACTIONS


def test_a_call_and_its_answer_pass_few_functions(mocker: MockerFixture) -> None:
    # To look for the answer takes as many functions as it takes to come.
    mocker.patch("spacetimedb_sdk.transport.readiness.LOOK_SECONDS", 0.0)
    # Nor does the I/O thread take over where a busy machine keeps this one waiting.
    mocker.patch("spacetimedb_sdk.transport.reading.LEASE", 3600.0)
    command = [sys.executable, "-m", "benchmarks.peers.source", "v1", "call"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
        assert source.stdout is not None
        client = Client(source.stdout.readline().strip(), CASES["call"])
        client.subscribe()

        def calls(count: int) -> None:
            for _ in range(count):
                client.counted = 0
                go()
                while not client.counted:
                    client.client.update(timeout=60.0)

        calls(BEFORE)
        counts: list[int] = []

        def is_few() -> bool:
            """Where the machine stands still in between, what is done each second is done there, too: the next time not."""
            counts.append(python_calls(lambda: calls(TRANSACTIONS)))
            return counts[-1] <= MOST_CALLS_OF_A_CALL * TRANSACTIONS

        until(is_few, what=lambda: f"few functions: {min(counts)}")
        client.client.close()
        source.kill()
