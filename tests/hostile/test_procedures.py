"""Procedures that wait: the others are served, their transactions still follow one another."""

from __future__ import annotations

from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Server
from tests.hostile.clients import Victim, attacker
from tests.hostile.hostile_module import Note, module


def test_others_are_served_while_a_procedure_waits() -> None:
    with Server(module, database="hostile") as server, Victim(server) as victim:
        caller = attacker(server)
        args = (500).to_bytes(4, "little")
        call = v2.CLIENT_MESSAGE.encode(v2.CallProcedure(1, 0, "wait", args))
        write = args + b"\x04\x00\x00\x00late"
        before = len(victim.waits)
        caller.send_binary(call + v2.CLIENT_MESSAGE.encode(v2.CallProcedure(2, 0, "wait_and_write", write)))
        # The caller itself goes on, too.
        caller.send_binary(v2.CLIENT_MESSAGE.encode(v2.CallReducer(3, 0, "nothing", b"")))
        first = v2.SERVER_MESSAGE.decode(caller.recv()[1:])
        assert isinstance(first, v2.ReducerResult)
        others = [v2.SERVER_MESSAGE.decode(caller.recv()[1:]) for _ in range(2)]
        assert {answer.request_id for answer in others if isinstance(answer, v2.ProcedureResult)} == {1, 2}
        assert all(isinstance(answer.status, v2.Returned) for answer in others)
        assert len(victim.waits) - before >= 5
        assert server.run(lambda database: database.rows(Note)) == [Note("late")]
        caller.close()


def test_a_server_ends_while_a_procedure_waits() -> None:
    with Server(module, database="hostile") as server:
        caller = attacker(server)
        call = v2.CallProcedure(1, 0, "wait", (3_600_000).to_bytes(4, "little"))
        caller.send_binary(v2.CLIENT_MESSAGE.encode(call))
        caller.send_binary(v2.CLIENT_MESSAGE.encode(v2.CallReducer(3, 0, "nothing", b"")))
        assert caller.recv()
        caller.shutdown()
