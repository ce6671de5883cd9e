"""What modules of 2.x have beyond tables and reducers: event tables, views, procedures, results, UUIDs; on both clients."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from spacetimedb_sdk import Err, Ok, RequestFailedError, SpacetimeDBClient
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import LockStep, ScriptedTransport
from spacetimedb_sdk.types import Address
from tests.client.faces import AsyncFace, BasicFace, Face, Log
from tests.client.scripted import GREETING, ME
from tests.codegen.golden import conformance_2x as bindings
from tests.codegen.golden.conformance_2x import Announcement, Colour, Shape, Vector2
from tests.conformance.conformance_2x_module import module

KINDS: dict[str, tuple[type[Face], str | None]] = {
    "basic": (BasicFace, None),
    "async": (AsyncFace, None),
    "basic-v2": (BasicFace, "v2"),
    "async-v3": (AsyncFace, "v3"),
}
HERE = Vector2(1.0, 2.0)
GREETING_V2 = b"\0" + v2.SERVER_MESSAGE.encode(v2.InitialConnection(ME, Address(b"\x01" * 16), "a-token"))
Connect = Callable[..., AbstractAsyncContextManager[Face]]


@pytest.fixture(scope="module")
def newer() -> Iterator[str]:
    with Server(module, database="conformance") as server:
        yield server.host


@pytest.fixture(params=KINDS)
def connect_newer(request: pytest.FixtureRequest, newer: str) -> Connect:
    kind, protocol = KINDS[request.param]

    @asynccontextmanager
    async def connected(**options: Any) -> AsyncIterator[Face]:
        face = type(kind.__name__, (kind,), {"bindings": bindings})(newer, Log())
        try:
            await face.start(None, **{"protocol": protocol} | options)
            yield face
        finally:
            await face.stop()

    return connected


def played(connect: Connect, scenario: Callable[[Face], Awaitable[None]], *queries: str) -> None:
    async def play() -> None:
        async with connect(subscribe=queries) as face:
            await scenario(face)

    asyncio.run(play())


async def answered(face: Face, request: Any) -> Any:
    request.on_result(face.log.noting("answered"), face.log.noting("answered"))
    await face.until(lambda: request.done)
    return request.result()


def test_rows_of_an_event_table_are_told_once_and_not_kept(connect_newer: Connect) -> None:
    async def scenario(face: Face) -> None:
        async with connect_newer(subscribe=["SELECT * FROM announcement WHERE urgency > 0"]) as other:
            text = uuid.uuid4().hex
            for side in (face, other):
                table = bindings.Tables(side.client).announcement
                table.on_insert(
                    lambda row, event, log=side.log: log.append(("heard", row.text, row.urgency, event))  # type: ignore[misc]
                )
                side.client.register_row_update(
                    "announcement", lambda op, *_, log=side.log: log.append(("told", op))
                )
            bindings.Reducers(face.client).announce_thrice(text)
            await face.until(lambda: len(face.log.named("heard")) == 3)
            await other.until(lambda: len(other.log.named("heard")) == 2)
            assert [entry[1:3] for entry in face.log.named("heard")] == [(text, 0), (text, 1), (text, 2)]
            own, theirs = face.log.named("heard")[0][3], other.log.named("heard")[0][3]
            assert (own.reducer_name, own.caller_identity) == ("announce_thrice", face.client.identity)
            assert (theirs.reducer_name, theirs.caller_identity) == ("", None), "v2 does not tell others"
            for side in (face, other):
                assert len(side.client.cache.table("announcement")) == 0
                assert set(side.log.named("told")) == {("told", "insert")}, "an event never leaves"
            failed = bindings.Reducers(face.client).announce_and_fail(text)
            assert not (await answered(face, failed)).committed
            assert len(face.log.named("heard")) == 3, "what fails never happened"

    played(connect_newer, scenario, "SELECT * FROM announcement")


def test_views_are_tables_of_whoever_looks(connect_newer: Connect) -> None:
    async def scenario(face: Face) -> None:
        tables, reducers = bindings.Tables(face.client), bindings.Reducers(face.client)
        (presence,) = tables.my_presence.iter()
        assert (presence.identity, presence.online) == (face.client.identity, True)
        tables.my_items.on_insert(lambda row, _: face.log.append(("mine", row.name)))
        assert not hasattr(tables.my_items, "on_update")
        tables.my_items.on_delete(lambda row, _: face.log.append(("gone", row.name)))
        name = uuid.uuid4().hex
        async with connect_newer() as other:
            await answered(
                other, bindings.Reducers(other.client).add_item(f"not {name}", Colour.red, 1, HERE)
            )
        reducers.add_item(name, Colour.red, 1, HERE)
        await face.until(lambda: face.log.named("mine"))
        (mine,) = tables.my_items.iter()
        assert mine.name == name
        reducers.move_item(mine.item_id, Vector2(5.0, 5.0))
        reducers.remove_item(mine.item_id)
        await face.until(lambda: len(tables.my_items) == 0)
        said = [entry for entry in face.log if entry[0] in ("mine", "gone")]
        # Rows of a view without a primary key do not change: the one before leaves, the moved one comes.
        assert said == [("mine", name), ("gone", name), ("mine", name), ("gone", name)]

    played(connect_newer, scenario, "SELECT * FROM my_items", "SELECT * FROM my_presence")


@pytest.mark.parametrize(
    ("table", "remedy"),
    [
        (
            "my_items",
            "comes to on_delete and on_insert; give the view primary_key= and regenerate the bindings",
        ),
        ("note", "give the table a primary key and regenerate"),
        ("announcement", "its events come to on_insert"),
    ],
)
def test_a_callback_that_would_never_run_is_refused(table: str, remedy: str) -> None:
    handle = getattr(SpacetimeDBClient(bindings).db, table)
    with pytest.raises(AttributeError, match=remedy):
        handle.on_update(print)
    handle.on_insert(print)


def test_procedures_return_what_they_return(connect_newer: Connect) -> None:
    async def scenario(face: Face) -> None:
        procedures, log = bindings.Procedures(face.client), face.log
        procedures.add_numbers(2, 40).on_result(log.noting("sum"))
        procedures.mirror(Shape.polygon([HERE]), None).on_result(log.noting("mirror"))
        crashed = procedures.crash_procedure()
        crashed.on_result(log.noting("value"), log.noting("failed"))
        text = uuid.uuid4().hex
        procedures.write_note_slowly(text).on_result(log.noting("count"))
        # Two run at once: they end in any order.
        await face.until(lambda: all(log.named(name) for name in ("sum", "mirror", "failed", "count")))
        assert log.named("sum") == [("sum", 42)]
        assert log.named("mirror") == [("mirror", [Shape.polygon([HERE]), Shape.label("none")])]
        assert [note.text for note in bindings.Tables(face.client).note.iter()].count(text) == 1
        ((_, error),) = log.named("failed")
        assert isinstance(error, RequestFailedError)
        assert "crash_procedure" in str(error)
        assert log.named("value") == []
        with pytest.raises(TypeError, match=r"add_numbers takes \(left, right\), not 1"):
            face.client.call_procedure("add_numbers", 1)

    played(connect_newer, scenario, "SELECT * FROM note")


def test_results_and_uuids_come_back(connect_newer: Connect) -> None:
    async def scenario(face: Face) -> None:
        tables, reducers = bindings.Tables(face.client), bindings.Reducers(face.client)
        good, bad = uuid.uuid4(), uuid.uuid4()
        reducers.add_token(good, "good", Ok(7))
        await answered(face, reducers.add_token(bad, "bad", Err("no")))
        first, second = tables.token.find(id=good), tables.token.find(id=bad)
        assert first is not None
        assert second is not None
        assert (first.outcome, second.outcome) == (Ok(7), Err("no"))
        query = face.client.sql(bindings.Token.where(lambda token: token.id == good))
        assert await answered(face, query) == [first]

    played(connect_newer, scenario, "SELECT * FROM token")


def test_an_old_server_gives_what_it_can(newer: str, caplog: pytest.LogCaptureFixture) -> None:
    """Over v1 there are no event tables: they are left out, which is said with its reason, and the rest works."""

    async def scenario() -> None:
        face = type("Old", (BasicFace,), {"bindings": bindings})(newer, Log())
        await face.start(None, protocol="v1", subscribe=["SELECT * FROM note", "SELECT * FROM announcement"])
        face.call("announce_thrice", text := uuid.uuid4().hex)
        await face.until(lambda: [note for note in face.client.cache.table("note") if note.text == text])
        await face.stop()

    asyncio.run(scenario())
    assert "announcement is an event table, and v1 has none: this client chose it" in caplog.text


def test_the_world_in_lock_step_has_them_too() -> None:
    heard: list[str] = []
    with LockStep(module) as world:
        client = world.connect(bindings, ["SELECT * FROM announcement", "SELECT * FROM my_presence"])
        Announcement.register_row_update(lambda op, old, new, event: heard.append(f"{op} {new.text}"))
        client.call_reducer("announce", "now", 1)
        world.settle()
        assert heard == ["insert now"]
        assert [presence.online for presence in client.db.my_presence] == [True]


def test_a_server_that_knows_v1_alone_is_named_as_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    transport = ScriptedTransport(subprotocol="v1.bsatn.spacetimedb")
    client = transport.connect_client(bindings)
    client.subscribe(["SELECT * FROM announcement"])
    transport.link.receive(GREETING)
    client.update()
    assert "announcement is an event table, and this server speaks v1 alone" in caplog.text
    client.close()


def test_calls_of_others_that_the_protocol_hides_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """v2 and v3 tell a client of its own calls alone; v1 of all, unless it was asked to leave them out."""
    for protocol, warnings in (("v2.bsatn.spacetimedb", 1), ("v1.bsatn.spacetimedb", 0)):
        caplog.clear()
        transport = ScriptedTransport(subprotocol=protocol)
        client = SpacetimeDBClient(bindings)
        client.register_on_reducer("announce", lambda *_: None)
        transport.connect_client(bindings, client)
        transport.link.receive(GREETING_V2 if warnings else GREETING)
        client.update()
        client.register_on_reducer("announce_thrice", lambda *_: None)
        told = [record for record in caplog.records if "calls of other clients" in record.message]
        assert len(told) == warnings
        client.close()


def test_light_leaves_out_the_calls_of_others_too(caplog: pytest.LogCaptureFixture) -> None:
    transport = ScriptedTransport(subprotocol="v1.bsatn.spacetimedb")
    client = transport.connect_client(bindings, light=True)
    transport.link.receive(GREETING)
    client.update()
    client.register_on_reducer("announce", lambda *_: None)
    assert "calls of other clients" in caplog.text
    client.close()
