"""The official npm package, as its users run it, against the embedded server: v2 and v3, every compression it has."""

from __future__ import annotations

import json
import subprocess

import pytest

from spacetimedb_sdk.module import (
    Identity,
    Module,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    Row,
    column,
    i64,
    u8,
    u32,
    u64,
)
from spacetimedb_sdk.standalone import Server
from tests.places import ROOT, TESTS
from tests.plugins.waiting import PATIENCE

pytestmark = pytest.mark.npm
PACKAGES = ROOT / "benchmarks" / ".peers" / "npm"

module = Module("notes", style="2.x")


@module.table(public=True)
class Note(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    author: Identity
    text: str


@module.table(public=True, event=True)
class Announcement(Row):
    text: str
    urgency: u8


@module.reducer
def write_note(ctx: ReducerContext, text: str) -> None:
    ctx.db[Note].insert(Note(0, ctx.sender, text))


@module.reducer
def write_notes(ctx: ReducerContext, count: u32) -> None:
    for number in range(count):
        ctx.db[Note].insert(Note(0, ctx.sender, f"number {number}"))


@module.reducer
def edit_note(ctx: ReducerContext, id: u64, text: str) -> None:
    row = ctx.db[Note].get(id)
    if row is None:
        raise ReducerError(f"no note {id}")
    ctx.db[Note].update(row.replace(text=text))


@module.reducer
def fail(ctx: ReducerContext, message: str) -> None:
    ctx.db[Note].insert(Note(0, ctx.sender, "rolled back"))
    raise ReducerError(message)


@module.reducer
def crash(ctx: ReducerContext) -> None:
    raise RuntimeError("not for the caller")


@module.reducer
def announce(ctx: ReducerContext, text: str, urgency: u8) -> None:
    ctx.db[Announcement].insert(Announcement(text, urgency))


@module.procedure
def add_numbers(ctx: ProcedureContext, a: i64, b: i64) -> i64:
    return a + b


@pytest.mark.parametrize(
    ("protocol", "compression"), [("v2.bsatn", "gzip"), ("v3.bsatn", "none"), ("v3.bsatn", "gzip")]
)
def test_the_npm_package_is_served(protocol: str, compression: str) -> None:
    with Server(module, database="notes") as server:
        port = server.host.rpartition(":")[2]
        command = [
            "node",
            str(TESTS / "standalone" / "npm_client.mjs"),
            str(PACKAGES),
            port,
            f"{protocol}.spacetimedb",
            compression,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {
        "protocol": f"{protocol}.spacetimedb",
        "rows": [
            ["insert", "Reducer", 1, True, "hello"],
            ["update", "hello", 1, True, "hello again"],
            ["event", "high", 2],
            ["insert", "Transaction", 3, False, "by another"],
        ],
        "failed": "no luck",
        "crashed": "The instance encountered a fatal error.",
        "events": 0,
        "refused": "no such table: `nowhere`. If the table exists, it may be marked private., executing: "
        "`SELECT * FROM nowhere`",
        "sum": 42,
        "others_differ": True,
        "many": 500,
        "count": 502,
        "left": 0,
        "same_identity": True,
    }
