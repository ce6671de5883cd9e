"""Any interleaving of overlapping subscriptions, transactions and unsubscribes leaves the cache equal to a dumb model.

The model asks the database itself which rows match the queries that stand, once everything has been heard. Before that,
questions and answers cross each other as chance has it.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk import SpacetimeDBClient
from spacetimedb_sdk.client.requests.subscriptions import Subscription
from spacetimedb_sdk.testing import LockStep
from tests.codegen.golden import conformance as bindings
from tests.conformance.conformance_module import Item, Note, module

pytestmark = pytest.mark.both_decoders

TABLES: dict[str, Any] = {"item": Item, "note": Note}
# Each query with what it means. They overlap on purpose, within a table and as equal texts in several sets.
QUERIES: dict[str, tuple[str, Any]] = {
    "SELECT * FROM item": ("item", lambda row: True),
    "SELECT * FROM item WHERE level < 4": ("item", lambda row: row.level < 4),
    "SELECT * FROM item WHERE level >= 2 AND level <= 6": ("item", lambda row: 2 <= row.level <= 6),
    "SELECT * FROM item WHERE level = 3 OR item_id = 5": (
        "item",
        lambda row: row.level == 3 or row.item_id == 5,
    ),
    "SELECT * FROM note": ("note", lambda row: True),
    "SELECT * FROM note WHERE text <> 'b'": ("note", lambda row: row.text != "b"),
}

queries = st.lists(st.sampled_from(sorted(QUERIES)), min_size=1, max_size=3)
numbers = st.integers(1, 6)
texts = st.sampled_from("abc")
steps = st.one_of(
    st.tuples(st.just("add"), queries),
    st.tuples(st.just("unsubscribe"), st.integers(0, 5)),
    st.tuples(st.just("replace"), queries | st.just([])),
    st.tuples(st.just("refused"), st.just("SELECT * FROM nowhere")),
    st.tuples(st.just("update"), st.integers(0, 1)),
    st.tuples(st.just("add_items"), numbers),
    st.tuples(st.just("move_item"), numbers),
    st.tuples(st.just("remove_item"), numbers),
    st.tuples(st.just("move_all"), st.none()),
    st.tuples(st.just("clear_items"), st.none()),
    st.tuples(st.just("write_note"), texts),
    st.tuples(st.just("edit_note"), st.tuples(texts, texts)),
    st.tuples(st.just("fail"), st.none()),
    st.tuples(st.just("settle"), st.none()),
)


class World:
    """Two clients of one database: the one that is looked at, and somebody else."""

    def __init__(self, world: LockStep, protocol: str) -> None:
        self.world = world
        self.client = SpacetimeDBClient(bindings)
        self.client.set_callbacks(on_error=lambda _: None)
        self.told: dict[str, dict[Any, Any]] = {table: {} for table in TABLES}
        for table in TABLES:
            self.client.register_row_update(table, self._note(table))
        world.connect(bindings, client=self.client, protocol=protocol)
        self.other = world.connect(bindings, protocol=protocol)
        for client in (self.client, self.other):
            client.register_on_event(lambda _: None)
        self.main: list[str] = []
        self.handles: list[tuple[Subscription, list[str]]] = []
        self._added = 0

    def _note(self, table: str) -> Any:
        rows = self.told[table]
        key_of = self.client.cache.table(table).key_of_row

        def note(row_op: str, old: Any, new: Any, event: Any) -> None:
            assert rows.get(key_of(old or new)) == old, "each callback goes on from the one before"
            if new is None:
                del rows[key_of(old)]
            else:
                rows[key_of(new)] = new

        return note

    def step(self, kind: str, what: Any) -> None:
        match kind:
            case "add":
                self.handles.append((self.client.subscriptions.add(what), what))
            case "unsubscribe":
                for handle, _ in self.handles[what : what + 1]:
                    handle.unsubscribe()
                del self.handles[what : what + 1]
            case "replace":
                self.client.subscribe(what)
                self.main = what
            case "refused":
                self.client.subscriptions.add([what])
            case "update":
                (self.client, self.other)[what].update()
            case "settle":
                self.check()
            case _:
                self.call(kind, what)

    def call(self, reducer: str, what: Any) -> None:
        """Both clients take turns; what fails changes nothing."""
        self._added += 1
        caller = (self.client, self.other)[self._added % 2]
        match reducer:
            case "add_items":
                caller.call_reducer(reducer, f"thing {self._added} ", what)
            case "move_item":
                caller.call_reducer(reducer, what, bindings.Vector2(float(self._added), 0.0))
            case "remove_item" | "write_note":
                caller.call_reducer(reducer, what)
            case "edit_note":
                caller.call_reducer(reducer, *what)
            case "fail":
                caller.call_reducer(reducer, "on purpose")
            case _:
                caller.call_reducer(reducer)

    def check(self) -> None:
        """Once everything is heard, the cache is what the queries that stand select, and so is what was told."""
        self.world.settle()
        standing = [*self.main, *(query for _, added in self.handles for query in added)]
        for table in TABLES:
            fits = [QUERIES[query][1] for query in standing if QUERIES[query][0] == table]
            rows = self.world.database.rows(TABLES[table])
            wanted = [plain(row) for row in rows if any(fit(row) for fit in fits)]
            assert sorted(map(plain, self.client.cache.table(table))) == sorted(wanted)
            assert self.told[table] == self.client.cache.table(table).rows
        assert not self.client._core.requests, "every call has its answer"

    def end(self) -> None:
        """One set after the other leaves; without any nothing is left, not even a count."""
        self.check()
        self.client.subscribe([])
        self.main = []
        self.check()
        while self.handles:
            handle, _ = self.handles.pop()
            assert handle.applied
            handle.unsubscribe()
            self.check()
        assert all(not table.rows and not table.counts for table in self.client.cache)


def plain(row: Any) -> tuple[Any, ...]:
    """The row of either side of the wire as values that compare."""
    if hasattr(row, "text"):
        return str(row.author), row.text
    return (
        row.item_id,
        row.name,
        row.level,
        row.kind.name.lower(),
        row.position.x,
        row.position.y,
        str(row.owner),
    )


PROTOCOLS = ["v1", "v1.json", "v2", "v3"]


def play(protocol: str, script: list[tuple[str, Any]]) -> None:
    with LockStep(module) as world:
        scene = World(world, protocol)
        scene.call("add_items", 6)
        scene.call("write_note", "a")
        for kind, what in script:
            scene.step(kind, what)
        scene.end()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=st.lists(steps, max_size=25))
@example(script=[("refused", "SELECT * FROM nowhere"), ("replace", ["SELECT * FROM item"]), ("replace", [])])
@example(script=[("refused", "SELECT * FROM nowhere"), ("replace", []), ("replace", []), ("replace", [])])
@example(script=[("add", ["SELECT * FROM item"]), ("replace", ["SELECT * FROM item"]), ("unsubscribe", 0)])
@example(script=[("add", ["SELECT * FROM item"]), ("clear_items", None), ("unsubscribe", 0)])
def test_the_cache_is_the_models(protocol: str, script: list[tuple[str, Any]]) -> None:
    play(protocol, script)


@pytest.mark.soak
@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=st.lists(steps, max_size=60))
def test_longer_scripts(protocol: str, script: list[tuple[str, Any]]) -> None:
    play(protocol, script)
