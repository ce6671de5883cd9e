"""Beyond the reference, on both clients: calls that answer, subscriptions side by side, handles, one-off queries."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import ClientStateError, RequestFailedError, SubscriptionError
from spacetimedb_sdk.client.handles import Between
from spacetimedb_sdk.client.requests.calls import CallOutcome
from spacetimedb_sdk.client.requests.subscriptions import SubscriptionState
from tests.client.faces import Face
from tests.codegen.golden.conformance import Colour, Item, Vector2
from tests.plugins.waiting import PATIENCE

Connect = Callable[..., Any]
HERE = Vector2(0.0, 0.0)


def unique() -> str:
    return f"n{uuid.uuid4().hex[:12]}"


async def answered(face: Face, request: Any) -> Any:
    """The answer, got in the way of the client's kind."""
    if not face.is_async:
        return request.result(timeout=PATIENCE)
    return await request.wait(timeout=PATIENCE)


def test_a_call_ends_in_a_typed_result(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect() as face:
            heard: list[Any] = []
            call = face.client.reducers.add_item(unique(), Colour.Red, 1, HERE)
            call.on_result(heard.append)
            result = await answered(face, call)
            assert result.outcome is CallOutcome.COMMITTED
            assert result.committed
            assert result.event.reducer_name == "add_item"
            assert heard == [result]
            failed = await answered(face, face.client.reducers.fail("no luck"))
            assert (failed.outcome, failed.message) == (CallOutcome.FAILED, "no luck")
            with pytest.raises(RequestFailedError, match="reducer fail failed: no luck"):
                failed.raise_for_outcome()
            with pytest.raises(AttributeError, match="no reducer 'no_such'"):
                face.client.reducers.no_such()

    asyncio.run(scenario())


def test_calls_in_flight_are_told_apart(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect() as face:
            calls = [face.client.reducers.fail(f"failure {number}") for number in range(20)]
            calls[5:5] = [face.client.reducers.nothing()]
            results = [await answered(face, call) for call in calls]
            assert [result.message for result in results if not result.committed] == [
                f"failure {number}" for number in range(20)
            ]
            assert results[5].committed

    asyncio.run(scenario())


def test_one_off_queries_leave_the_cache_alone(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect() as face:
            name = unique()
            await answered(face, face.client.reducers.add_item(name, Colour.Blue, 7, HERE))
            (row,) = await answered(face, face.client.sql(f"SELECT * FROM item WHERE name = '{name}';"))
            assert isinstance(row, Item)
            assert (row.name, row.level) == (name, 7)
            assert len(face.client.db.item) == 0
            assert await answered(face, face.client.sql("SELECT * FROM item WHERE name = 'nobody'")) == []
            with pytest.raises(RequestFailedError, match="nowhere"):
                await answered(face, face.client.sql("SELECT * FROM nowhere"))

    asyncio.run(scenario())


def test_subscriptions_live_side_by_side_and_leave_on_their_own(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect() as face:
            name = unique()
            for level in (1, 2, 3):
                await answered(face, face.client.reducers.add_item(f"{name}{level}", Colour.Red, level, HERE))
            face.client.register_row_update("item", face.log.noting("item"))
            low = face.client.subscriptions.add([f"SELECT * FROM item WHERE level < 3 AND name <> '{name}'"])
            high = face.client.subscriptions.add(["SELECT * FROM item WHERE level > 1"])
            assert low.state is SubscriptionState.PENDING
            await answered(face, low)
            await answered(face, high)
            assert low.applied
            assert high.applied
            assert len(face.client.subscriptions) == 2

            def ours() -> list[str]:
                return sorted(
                    row.name[len(name) :] for row in face.client.db.item if row.name.startswith(name)
                )

            assert ours() == ["1", "2", "3"]
            low.unsubscribe()
            low.unsubscribe()
            await face.until(lambda: ours() == ["2", "3"])
            assert low.state is SubscriptionState.ENDED
            high.unsubscribe()
            await face.until(lambda: ours() == [])
            told = [
                (e[1], (e[2] or e[3]).name[len(name) :])
                for e in face.log.named("item")
                if name in (e[2] or e[3]).name
            ]
            assert sorted(told[:3]) == [("insert", "1"), ("insert", "2"), ("insert", "3")]
            assert told[3] == ("delete", "1")
            assert sorted(told[4:]) == [("delete", "2"), ("delete", "3")]

    asyncio.run(scenario())


def test_a_refused_subscription_is_its_own_handles_failure(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM note"]) as face:
            good = face.client.subscriptions.add(["SELECT * FROM item"])
            bad = face.client.subscriptions.add(["SELECT * FROM nowhere"])
            await answered(face, good)
            with pytest.raises(SubscriptionError, match="nowhere"):
                await answered(face, bad)
            assert isinstance(bad.error, SubscriptionError)
            assert list(face.client.subscriptions) == [good]
            assert face.log.named("error") == []

    asyncio.run(scenario())


def test_replacing_the_main_set_leaves_the_handles_and_tells_only_the_difference(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM item WHERE level < 3"]) as face:
            name = unique()
            for level in (1, 2, 3, 4):
                await answered(face, face.client.reducers.add_item(f"{name}{level}", Colour.Red, level, HERE))
            handle = face.client.subscriptions.add(["SELECT * FROM item WHERE level = 2"])
            await answered(face, handle)
            face.client.register_row_update("item", face.log.noting("item"))
            applied = len(face.log.named("applied"))
            face.client.subscribe(["SELECT * FROM item WHERE level > 3"])
            await face.until(lambda: len(face.log.named("applied")) > applied)
            levels = sorted(row.level for row in face.client.db.item if row.name.startswith(name))
            assert levels == [2, 4]
            told = {
                (e[1], (e[2] or e[3]).level, e[4])
                for e in face.log.named("item")
                if name in (e[2] or e[3]).name
            }
            assert told == {("insert", 4, None), ("delete", 1, None)}
            handle.unsubscribe()
            await face.until(lambda: not [row for row in face.client.db.item if row.level == 2])

    asyncio.run(scenario())


def test_sets_asked_for_in_one_breath_end_as_the_last_of_them(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect() as face:
            name = unique()
            for level in (1, 2, 3):
                await answered(face, face.client.reducers.add_item(f"{name}{level}", Colour.Red, level, HERE))
            face.client.register_on_subscription_applied(face.log.noting("settled sets"))
            handle = face.client.subscriptions.add([f"SELECT * FROM item WHERE name = '{name}1'"])
            for level in (3, 2):
                face.client.subscribe([f"SELECT * FROM item WHERE name = '{name}{level}'"])
            await answered(face, handle)
            await face.until(lambda: sorted(row.level for row in face.client.db.item) == [1, 2])
            await face.settle()
            assert sorted(row.level for row in face.client.db.item) == [1, 2]
            # Now a main set stands, beside a handle: over v1 the next waits until the first has taken its place.
            for level in (2, 3):
                face.client.subscribe([f"SELECT * FROM item WHERE name = '{name}{level}'"])
            await face.until(lambda: sorted(row.level for row in face.client.db.item) == [1, 3])
            await face.settle()
            assert sorted(row.level for row in face.client.db.item) == [1, 3]

    asyncio.run(scenario())


def test_after_a_refusal_the_old_queries_are_still_the_wanted_ones(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM note"]) as face:
            face.client.subscribe(["SELECT * FROM nowhere"])
            await face.until(lambda: face.log.named("error"))
            assert face.client.subscriptions.main == ("SELECT * FROM note",)

    asyncio.run(scenario())


def test_a_subscription_of_before_the_connection_is_sent_with_it(connect: Connect, host: str) -> None:
    async def scenario() -> None:
        async with connect() as face:
            kind = type(face)
        later = kind(host, face.log.__class__())
        try:
            if later.is_async:
                handle = later.client.subscriptions.add(["SELECT * FROM item"])
                await later.start()
            else:
                await later.start()
                handle = later.client.subscriptions.add(["SELECT * FROM item"])
            await answered(later, handle)
            assert handle.applied
        finally:
            await later.stop()

    asyncio.run(scenario())


def test_handles_of_a_table_find_filter_and_tell(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM item"]) as face:
            name, items = unique(), face.client.db.item
            inserted, updated, deleted = [], [], []

            def on_insert(row: Item, event: Any) -> None:
                inserted.append((row.name, event.reducer_name))

            items.on_insert(on_insert)
            items.on_update(lambda old, new, event: updated.append((old.position.x, new.position.x)))
            items.on_delete(lambda row, event: deleted.append(row.name))
            for level, kind in ((1, Colour.Red), (2, Colour.Red), (3, Colour.Blue)):
                await answered(face, face.client.reducers.add_item(f"{name}{level}", kind, level, HERE))
            first = items.find(name=f"{name}1")
            assert first is not None
            assert items.find(item_id=first.item_id) == first
            assert [row.level for row in items.filter(name=f"{name}2", kind=Colour.Red)] == [2]
            assert items.filter(name=f"{name}2", kind=Colour.Blue) == []
            ours = sorted(row.level for row in items.filter(level=Between(2, 3)) if row.name.startswith(name))
            assert ours == [2, 3]
            assert items.count() == len(items) == len(items.iter())
            with pytest.raises(TypeError, match=r"by find\(item_id=...\) or find\(name=...\), not by level"):
                items.find(level=1)
            items.remove_on_insert(on_insert)
            items.remove_on_insert(on_insert)
            await answered(face, face.client.reducers.add_item(f"{name}4", Colour.Red, 4, HERE))
            await answered(face, face.client.reducers.move_item(first.item_id, Vector2(5.0, 0.0)))
            await answered(face, face.client.reducers.remove_item(first.item_id))
            assert inserted == [(f"{name}{level}", "add_item") for level in (1, 2, 3)]
            assert updated == [(0.0, 5.0)]
            assert deleted == [f"{name}1"]
            with pytest.raises(AttributeError, match="no table 'nowhere'"):
                face.client.db.nowhere

    asyncio.run(scenario())


def test_waiting_for_rows(connect: Connect) -> None:
    async def scenario() -> None:
        async with connect(subscribe=["SELECT * FROM item"]) as face:
            name, items = unique(), face.client.db.item
            if not face.is_async:
                with pytest.raises(ClientStateError, match="async client"):
                    await items.wait_for(lambda row: row.name == name)
                with pytest.raises(ClientStateError, match="use result"):
                    await face.client.reducers.nothing()
                return
            waiting = asyncio.create_task(items.wait_for(lambda row: row.name == name, timeout=PATIENCE))
            seen: list[str] = []

            async def follow() -> None:
                async for change in items.changes():
                    seen.append(change.row_op)
                    if change.row_op == "delete":
                        return

            following = asyncio.create_task(follow())
            await asyncio.sleep(0)
            await face.client.reducers.add_item(name, Colour.Red, 1, HERE)
            item = await waiting
            assert item == await items.wait_for(lambda row: row.name == name)
            await face.client.reducers.move_item(item.item_id, Vector2(1.0, 1.0))
            await face.client.reducers.remove_item(item.item_id)
            await asyncio.wait_for(following, PATIENCE)
            assert seen == ["insert", "update", "delete"]
            with pytest.raises(TimeoutError):
                await items.wait_for(lambda row: False, timeout=0.05)

    asyncio.run(scenario())
