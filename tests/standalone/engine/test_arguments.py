"""Arguments of calls: read for the reducer that is there when they have been read, and refused where they are none of it."""

from __future__ import annotations

import asyncio
import struct

import pytest

from spacetimedb_sdk.module import Identity, Module, ProcedureContext, ReducerContext, u32
from spacetimedb_sdk.standalone import CallRefused, Database
from spacetimedb_sdk.standalone.engine.arguments import arguments_of
from spacetimedb_sdk.standalone.turns import Alone, Turns
from tests.conformance.conformance_module import module as conformance

ALICE = Identity.from_string("c2" + "0" * 61 + "a")


def read(database: Database, name: str, sent: bytes | str) -> object:
    async def reading() -> object:
        return (await arguments_of(database, name, sent, Alone())).values

    return asyncio.run(reading())


@pytest.mark.parametrize("sent", [b"\xff", '["not closed"', "[1]", '["a", "b"]', "[" * 100_000])
def test_bad_arguments_are_refused_and_logged(sent: bytes | str) -> None:
    database = Database(conformance, clock=lambda: 1)
    with pytest.raises(CallRefused, match="invalid arguments for reducer write_note"):
        read(database, "write_note", sent)
    assert "invalid arguments" in database.module_log.lines()[-1]


def test_the_module_may_change_while_they_are_read() -> None:
    def module_with(parameter: type) -> Module:
        module = Module("changing")

        def take(ctx: ReducerContext, value: object) -> None:
            taken.append(value)

        take.__annotations__["value"] = parameter
        module.reducer(take)
        return module

    taken: list[object] = []
    database = Database(module_with(list[u32]), clock=lambda: 1)
    text = f"[[{'1,' * 20_000}1]]"

    async def call() -> None:
        turns = Turns()
        try:
            async with turns.share() as share:
                reading = asyncio.ensure_future(arguments_of(database, "take", text, share))
                await asyncio.sleep(0)
                database.change_module(module_with(list[str]))
                with pytest.raises(CallRefused, match="invalid arguments for reducer take"):
                    await reading
        finally:
            turns.close()

    asyncio.run(call())
    assert not taken


def test_what_would_take_too_much_memory_is_refused_before_it_is_read() -> None:
    module = Module("greedy")

    @module.reducer
    def take(ctx: ReducerContext, lists: list[list[u32]]) -> None: ...

    @module.reducer
    def keep(ctx: ReducerContext, data: bytes) -> None: ...

    @module.procedure
    def ask(ctx: ProcedureContext, lists: list[list[u32]]) -> None: ...

    database = Database(module, clock=lambda: 1)
    many = struct.pack("<I", 5_000_000) + bytes(20_000_000)  # five million lists, 320 MB of memory
    with pytest.raises(
        CallRefused, match="bytes are too many: with these parameters a call has 4194304 at most"
    ):
        read(database, "take", many)
    # Bytes take as much memory as they have.
    assert read(database, "keep", struct.pack("<I", 20_000_000) + bytes(20_000_000))
    outcome = database.procedures.call("ask", many, sender=ALICE, connection_id=None)
    assert outcome.error is not None
    assert "bytes are too many" in outcome.error
