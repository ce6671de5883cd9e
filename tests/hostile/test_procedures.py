"""Procedures that wait: the others are served, their transactions still follow one another."""

from __future__ import annotations

import threading

from spacetimedb_sdk.module import Module, ProcedureContext, ReducerContext, Row
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.types import ScheduleAt, TimeDuration, Timestamp
from tests.hostile.clients import Victim, attacker
from tests.hostile.hostile_module import Alarm, Note, module
from tests.plugins.waiting import PATIENCE, until


class Holding:
    """A module whose procedures wait until they are told to go on."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.module = module = Module("hostile")

        @module.table(public=True)
        class Line(Row):
            text: str

        @module.reducer
        def nothing(ctx: ReducerContext) -> None:
            """What the victim calls."""

        @module.procedure
        def hold(ctx: ProcedureContext) -> None:
            self.goes_on.wait(PATIENCE)

        @module.procedure
        def hold_and_write(ctx: ProcedureContext, text: str) -> None:
            self.goes_on.wait(PATIENCE)
            ctx.with_tx(lambda tx: tx.db[Line].insert(Line(text)))

        self.table = Line


def test_others_are_served_while_a_procedure_waits() -> None:
    holding = Holding()
    with Server(holding.module, database="hostile") as server, Victim(server) as victim:
        caller = attacker(server)
        call = v2.CLIENT_MESSAGE.encode(v2.CallProcedure(1, 0, "hold", b""))
        text = b"\x04\x00\x00\x00late"
        caller.send_binary(call + v2.CLIENT_MESSAGE.encode(v2.CallProcedure(2, 0, "hold_and_write", text)))
        # The caller itself goes on, too.
        caller.send_binary(v2.CLIENT_MESSAGE.encode(v2.CallReducer(3, 0, "nothing", b"")))
        first = v2.SERVER_MESSAGE.decode(caller.recv()[1:])
        assert isinstance(first, v2.ReducerResult)
        before = len(victim.waits)
        until(lambda: len(victim.waits) - before >= 5)
        assert server.run(lambda database: database.rows(holding.table)) == []
        holding.goes_on.set()
        others = [v2.SERVER_MESSAGE.decode(caller.recv()[1:]) for _ in range(2)]
        assert {answer.request_id for answer in others if isinstance(answer, v2.ProcedureResult)} == {1, 2}
        assert all(isinstance(answer.status, v2.Returned) for answer in others)
        assert server.run(lambda database: database.rows(holding.table)) == [holding.table("late")]
        caller.close()


def test_a_server_ends_while_a_procedure_waits() -> None:
    with Server(module, database="hostile") as server:
        caller = attacker(server)
        call = v2.CallProcedure(1, 0, "wait", (3_600_000).to_bytes(4, "little"))
        caller.send_binary(v2.CLIENT_MESSAGE.encode(call))
        caller.send_binary(v2.CLIENT_MESSAGE.encode(v2.CallReducer(3, 0, "nothing", b"")))
        assert caller.recv()
        caller.shutdown()


def test_a_timer_that_runs_a_procedure_holds_up_nobody_and_never_runs_twice_at_once() -> None:
    with Server(module, database="hostile") as server, Victim(server) as victim:
        every = ScheduleAt.Interval(TimeDuration(1_000))

        def begin(database: Database) -> None:
            database.change(lambda: database.datastore.tables[Alarm].insert(Alarm(0, every)), database.owner)

        before = len(victim.waits)
        server.run(begin)
        until(
            lambda: (
                len(server.run(lambda database: database.rows(Note))) >= 3 and len(victim.waits) - before > 5
            )
        )
        notes = [note.text for note in server.run(lambda database: database.rows(Note))]
    assert {note.split()[0] for note in notes} == {"alone"}


def test_a_timer_that_runs_a_procedure_once_is_gone_after_it() -> None:
    with Server(module, database="hostile") as server:
        at = ScheduleAt.Time(Timestamp(1))

        def begin(database: Database) -> None:
            database.change(lambda: database.datastore.tables[Alarm].insert(Alarm(0, at)), database.owner)

        server.run(begin)
        until(lambda: not server.run(lambda database: database.rows(Alarm)))
        assert len(server.run(lambda database: database.rows(Note))) == 1
