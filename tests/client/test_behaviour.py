"""What a program sees of a database: the same on both clients, on the embedded server and on a real one."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from spacetimedb_sdk import AmbiguousClientError, EncodeError, Identity, TimeDuration, Timestamp
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.types import Address, Some
from tests.client.faces import Face
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import (
    Colour,
    Compound,
    Item,
    Note,
    Presence,
    Scalar,
    Shape,
    TickCount,
    Tint,
    Vector2,
)

Connect = Callable[..., Any]
HERE = Vector2(1.5, -2.0)
# Who made a call is told to others by v1 alone; v1.json is never compressed.
over_v1 = pytest.mark.parametrize("connect", ["basic", "async", "basic-v1.json"], indirect=True)
over_bsatn = pytest.mark.parametrize("connect", ["basic", "async", "async-v2", "basic-v3"], indirect=True)


def unique() -> str:
    return f"n{uuid.uuid4().hex[:12]}"


def rows_named(face: Face, name: str) -> list[Any]:
    return [
        entry
        for entry in face.log.named("item")
        if name in (getattr(entry[2], "name", ""), getattr(entry[3], "name", ""))
    ]


def watch_items(face: Face) -> None:
    face.client.register_row_update("item", face.log.noting("item"))


def test_connecting_tells_identity_and_token_and_a_token_brings_the_identity_back(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect() as face:
            entry = face.log.named("identity")[0]
            token, identity = entry[1], entry[2]
            assert isinstance(identity, Identity)
            assert face.client.identity == identity
            assert face.client.token == token
            assert isinstance(face.client.connection_id, Address)
            assert token not in repr(face.client)
        async with connect(token) as again:
            assert again.client.identity == identity
            assert again.client.connection_id != face.client.connection_id

    asyncio.run(scenario())


def test_rows_come_change_and_go_with_the_reducer_that_did_it(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM item", "SELECT * FROM note"]) as face:
            name = unique()
            watch_items(face)
            face.call("add_item", name, Colour.Green, 5, HERE)
            await face.until(lambda: rows_named(face, name))
            (item,) = [row for row in face.client.cache.table("item") if row.name == name]
            assert item == Item(item.item_id, name, Colour.Green, 5, face.client.identity, HERE)
            face.call("move_item", item.item_id, Vector2(0.25, 7))
            face.call("remove_item", item.item_id)
            await face.until(lambda: len(rows_named(face, name)) == 3)
            moved = item.replace(position=Vector2(0.25, 7))
            seen = rows_named(face, name)
            assert [entry[1:4] for entry in seen] == [
                ("insert", None, item),
                ("update", item, moved),
                ("delete", moved, None),
            ]
            assert [entry[4].reducer_name for entry in seen] == ["add_item", "move_item", "remove_item"]
            event = seen[0][4]
            assert (event.status, event.message) == ("committed", "")
            assert event.caller_identity == face.client.identity
            assert event.caller_address == face.client.connection_id
            assert list(event.args) == [name, Colour.Green, 5, HERE]
            assert event.args["level"] == 5

    asyncio.run(scenario())


def test_order_of_a_transaction_is_cache_rows_event_reducer(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM item"]) as face:
            prefix, order = unique(), []
            visible: list[int] = []

            def row(*_: Any) -> None:
                visible.append(sum(item.name.startswith(prefix) for item in Item.iter()))
                order.append("row")

            face.client.register_row_update("item", row)
            face.client.register_on_event(lambda message: order.append(f"event {message.reducer_name}"))
            face.client.register_on_reducer("add_items", lambda *args: order.append(f"reducer {args[2:]}"))
            face.call("add_items", prefix, 3)
            await face.settle()
            assert order == ["row"] * 3 + ["event add_items", f"reducer ('committed', '', '{prefix}', 3)"]
            assert visible == [3, 3, 3]

    asyncio.run(scenario())


def test_a_failed_reducer_changes_nothing_and_tells_why(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM note"]) as face:
            before = list(face.client.cache.table("note"))
            face.client.register_on_event(face.log.noting("event"))
            face.client.register_on_reducer("fail", face.log.noting("fail"))
            face.client.register_row_update("note", face.log.noting("note"))
            face.call("fail", "no luck")
            face.call("crash", "boom")
            await face.until(lambda: len(face.log.named("event")) == 2)
            first, second = (entry[1] for entry in face.log.named("event"))
            assert (first.reducer_name, first.status, first.message) == ("fail", "failed", "no luck")
            assert list(first.args) == ["no luck"]
            assert second.status == "failed"
            assert "fatal error" in second.message
            identity, address = face.client.identity, face.client.connection_id
            assert face.log.named("fail") == [("fail", identity, address, "failed", "no luck", "no luck")]
            assert face.log.named("note") == []
            assert list(face.client.cache.table("note")) == before
            assert face.client.stats.reducer_errors == 2

    asyncio.run(scenario())


def test_subscribing_anew_replaces_and_tells_only_the_difference(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM note"]) as face:
            name = unique()
            for level in (1, 2, 3):
                face.call("add_item", f"{name}{level}", Colour.Red, level, HERE)
            await face.settle()
            watch_items(face)
            face.client.subscribe(
                ["SELECT * FROM item WHERE level > 1;", "SELECT * FROM item WHERE level > 1"]
            )
            await face.until(lambda: len(face.log.named("applied")) == 2)
            both = sorted(entry[3].name for entry in face.log.named("item") if name in entry[3].name)
            assert both == [f"{name}2", f"{name}3"]
            assert {(entry[1], entry[4]) for entry in face.log.named("item")} == {("insert", None)}
            face.log.clear()
            face.client.subscribe(["SELECT * FROM item WHERE level > 2"])
            await face.until(lambda: face.log.named("applied"))
            ours = [entry[1:] for entry in face.log.named("item") if name in (entry[2] or entry[3]).name]
            assert [(op, old.name, new, event) for op, old, new, event in ours] == [
                ("delete", f"{name}2", None, None)
            ]

    asyncio.run(scenario())


def test_overlapping_queries_count_a_row_once(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM item", "SELECT * FROM item WHERE level > 1"]) as face:
            name = unique()
            watch_items(face)
            face.call("add_item", name, Colour.Blue, 5, HERE)
            await face.settle()
            (item,) = [row for row in face.client.cache.table("item") if row.name == name]
            face.call("move_item", item.item_id, Vector2(3, 3))
            face.call("remove_item", item.item_id)
            await face.settle()
            assert [entry[1] for entry in rows_named(face, name)] == ["insert", "update", "delete"]
            assert face.client.cache.table("item").find("item_id", item.item_id) is None

    asyncio.run(scenario())


def test_a_refused_subscription_leaves_the_old_one_and_names_the_table(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM item"]) as face:
            face.client.subscribe(["SELECT * FROM TickCount"])
            await face.until(lambda: face.log.named("error"))
            (error,) = face.log.named("error")
            assert "TickCount" in error[1]
            assert "on this server it is called tick_count" in error[1]
            face.client.subscribe(["SELECT * FROM item LIMIT 5", "SELECT * FROM item WHERE level IN (1, 2)"])
            await face.until(lambda: len(face.log.named("error")) > 1)
            assert "it is called" not in face.log.named("error")[1][1]
            name = unique()
            watch_items(face)
            face.call("add_item", name, Colour.Red, 1, HERE)
            await face.until(lambda: rows_named(face, name))

    asyncio.run(scenario())


@over_v1
def test_scheduled_reducers_have_no_caller_address(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM tick_count"]) as face:
            label = unique()
            face.client.register_row_update("tick_count", face.log.noting("tick"))
            face.call("tick_once", label, 10)
            await face.until(lambda: [e for e in face.log.named("tick") if e[3].label == label])
            entry = next(e for e in face.log.named("tick") if e[3].label == label)
            assert entry[1:4] == ("insert", None, TickCount(label, 1))
            assert entry[4].reducer_name == "tick"
            assert entry[4].caller_address is None
            assert entry[4].caller_identity not in (None, face.client.identity)

    asyncio.run(scenario())


def test_every_scalar_arrives_as_it_was_sent(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM scalar"]) as face:
            number = int(uuid.uuid4().hex[:8], 16)
            identity, address = face.client.identity, face.client.connection_id
            assert identity is not None
            assert address is not None
            moment = Timestamp.from_datetime(datetime(2025, 2, 10, 15, 45, 30, 123456, tzinfo=UTC))
            values = (
                *(number, True, 255, 65535, 2**64 - 1, 2**128 - 1, 2**256 - 1),
                *(-128, -32768, -(2**31), -(2**63), -(2**127), -(2**255)),
                *(0.1, 0.1, "naïve ☃", identity, address, moment, TimeDuration(-5)),
            )
            face.client.register_row_update("scalar", face.log.noting("scalar"))
            face.call("set_scalar", *values)
            await face.until(lambda: [e for e in face.log.named("scalar") if e[3] and e[3].id == number])
            row = Scalar.filter_by_id(number)
            assert row is not None
            assert list(row.data.values())[:13] == list(values)[:13]
            assert row.a_f32 == pytest.approx(0.1, rel=1e-7)
            assert list(row.data.values())[14:] == list(values)[14:]
            assert row.a_timestamp.to_datetime().microsecond == 123456
            assert row in Scalar.filter_by_a_f32(0.1), "an f32 column is compared after rounding to f32"
            assert row in Scalar.filter_by_a_u128(2**128 - 1)
            assert row in Scalar.filter_by_an_identity(identity)

    asyncio.run(scenario())


def test_compounds_arrive_as_they_were_sent(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM compound"]) as face:
            text = unique()
            shape, shapes = (
                Shape.Polygon([HERE]),
                [Shape.Empty(), Shape.Circle(2.5), Shape.Tinted(Tint(Colour.Blue, None))],
            )
            values = (
                None,
                text,
                Some(None),
                HERE,
                b"\x00\xff",
                [1, -1],
                ["a", ""],
                [Colour.Red],
                [[1.0], []],
                HERE,
            )
            face.client.register_row_update("compound", face.log.noting("compound"))
            face.call("add_compound", *values, bindings.Nothing(), shape, shapes)
            await face.until(lambda: [e for e in face.log.named("compound") if e[3].maybe_text == text])
            (row,) = Compound.filter_by_maybe_text(text)
            assert list(row.data.values())[1:] == [*values, bindings.Nothing(), shape, shapes]
            assert row in Compound.filter_by_shapes(shapes)
            assert row in Compound.filter_by_position(HERE)
            match row.shape:
                case Shape.Polygon(points):
                    assert points == [HERE]
                case _:
                    pytest.fail("not a polygon")

    asyncio.run(scenario())


def test_generated_classes_mean_the_client_that_is_calling_back(connect: Connect) -> None:
    async def scenario() -> None:
        async with (
            connect(subscribe=["SELECT * FROM note"]) as first,
            connect(subscribe=["SELECT * FROM item"]) as other,
        ):
            with pytest.raises(AmbiguousClientError, match="2 clients"):
                Note.iter()
            text = unique()

            def note_came(*_: Any) -> None:
                first.log.append(
                    (
                        "ambient",
                        SpacetimeDBClient.instance.connection_id,
                        bool(Note.iter()),
                        list(Item.iter()),
                    )
                )

            first.client.register_row_update("note", note_came)
            other.call("write_note", text)
            await first.until(lambda: first.log.named("ambient"))
            assert first.log.named("ambient")[0] == ("ambient", first.client.connection_id, True, [])

    asyncio.run(scenario())


@over_v1
def test_another_client_is_seen_with_its_name_and_address(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM presence", "SELECT * FROM item"]) as watcher:
            watcher.client.register_row_update("presence", watcher.log.noting("presence"))
            watch_items(watcher)
            async with connect() as other:
                name, identity, address = unique(), other.client.identity, other.client.connection_id
                other.call("add_item", name, Colour.Red, 1, HERE)
                await watcher.until(lambda: rows_named(watcher, name))
                event = rows_named(watcher, name)[0][4]
                assert (event.caller_identity, event.caller_address) == (identity, address)
            await watcher.until(
                lambda: [
                    e for e in watcher.log.named("presence") if e[3].identity == identity and not e[3].online
                ]
            )
            gone = watcher.client.cache.table("presence").find("identity", identity)
            assert isinstance(gone, Presence)
            assert not gone.online

    asyncio.run(scenario())


def test_an_exception_in_a_callback_is_told_and_the_others_still_run(connect: Connect, caplog: Any) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM note"]) as face:

            def broken(*_: Any) -> None:
                raise RuntimeError("a bug of the program's")

            face.client.register_row_update("note", broken)
            face.client.register_row_update("note", face.log.noting("note"))
            text = unique()
            face.call("write_note", text)
            await face.until(lambda: face.log.named("note"))
            await face.until(lambda: face.log.named("error"))
            assert "a bug of the program's" in face.log.named("error")[0][1]
            assert "broken" in caplog.text
            assert any(note.text == text for note in face.client.cache.table("note"))
            face.client.unregister_row_update("note", broken)
            face.client.unregister_row_update("note", broken)

    asyncio.run(scenario())


def test_arguments_that_do_not_fit_are_refused_before_they_are_sent(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect() as face:
            with pytest.raises(EncodeError, match="level: 4000000000 does not fit I32"):
                face.call("add_item", "x", Colour.Red, 4_000_000_000, HERE)
            with pytest.raises(EncodeError, match="expected Colour"):
                face.call("add_item", "x", 0, 1, HERE)
            with pytest.raises(TypeError, match=r"add_item takes \(name, kind, level, position\), not 1"):
                face.call("add_item", "x")
            assert face.client.stats.reducer_calls == 0

    asyncio.run(scenario())


@over_bsatn
def test_compressed_messages_say_the_same(connect: Connect) -> None:
    async def scenario() -> None:
        prefix = unique()
        async with connect() as writer:
            writer.call("add_items", prefix, 100)
            await writer.settle()
        sizes = {}
        for compression in ("none", "gzip", "brotli"):
            async with connect(subscribe=["SELECT * FROM item"], compression=compression) as face:
                names = {row.name for row in face.client.cache.table("item")}
                assert {f"{prefix}{n}" for n in range(100)} <= names
                sizes[compression] = face.client.stats.bytes_received
        assert sizes["gzip"] < sizes["none"] / 2
        assert sizes["brotli"] < sizes["none"] / 2

    asyncio.run(scenario())
