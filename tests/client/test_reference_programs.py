"""Programs written as the reference writes them, basic and async, against either server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import Address, Identity, ReducerEvent, SpacetimeDBClient
from tests.codegen.golden import conformance as module_bindings
from tests.codegen.golden.conformance import (
    Colour,
    Item,
    Vector2,
    add_item_reducer,
    move_item_reducer,
    remove_item_reducer,
)
from tests.plugins.waiting import PATIENCE, until

EVERY_CALLBACK = [
    "on_connect",
    "on_identity",
    "on_subscription_applied",
    "insert",
    "event add_item",
    "on_add_item",
    "update",
    "event move_item",
    "delete",
    "event remove_item",
]


class Program:
    """Inserts an item, moves it, removes it; notes each callback as it comes."""

    def __init__(self) -> None:
        self.name = f"ref-{uuid.uuid4().hex[:12]}"
        self.said: list[str] = []
        self.done = False

    def on_subscription_applied(self) -> None:
        self.said.append("on_subscription_applied")
        add_item_reducer.add_item(self.name, Colour.Blue, 3, Vector2(1.0, 2.0))

    def on_row_update(
        self, row_op: str, old: Item | None, new: Item | None, reducer_event: ReducerEvent | None
    ) -> None:
        row = new or old
        assert row is not None
        if row.name != self.name:
            return
        self.said.append(row_op)
        assert reducer_event is not None
        assert reducer_event.status == "committed"
        if row_op == "insert":
            assert Item.filter_by_item_id(row.item_id) == row
            assert row in Item.filter_by_kind(Colour.Blue)
            move_item_reducer.move_item(row.item_id, Vector2(3.0, 4.0))
        elif row_op == "update":
            assert old is not None
            assert (old.position, row.position) == (Vector2(1.0, 2.0), Vector2(3.0, 4.0))
            remove_item_reducer.remove_item(row.item_id)
        else:
            assert Item.filter_by_item_id(row.item_id) is None

    def on_add_item(
        self, caller: Identity, address: Address | None, status: str, message: str, name: str, *rest: Any
    ) -> None:
        if name == self.name:
            assert (status, message) == ("committed", "")
            assert isinstance(address, Address)
            self.said.append("on_add_item")

    def on_event(self, transaction_update: Any) -> None:
        if self.name in transaction_update.args or self.said[-1] in ("update", "delete"):
            self.said.append(f"event {transaction_update.reducer_name}")
            self.done = transaction_update.reducer_name == "remove_item"


def test_the_basic_client(host: str) -> None:
    program = Program()

    def on_connect() -> None:
        program.said.append("on_connect")
        SpacetimeDBClient.instance.subscribe(["SELECT * FROM item"])

    def on_identity(auth_token: str, identity: Identity, address: Address) -> None:
        program.said.append("on_identity")
        assert str(identity) == str(Identity.from_string(str(identity)))
        assert auth_token

    SpacetimeDBClient.init(
        None, host, "conformance", False, module_bindings, on_connect=on_connect, on_identity=on_identity
    )
    Item.register_row_update(program.on_row_update)
    add_item_reducer.register_on_add_item(program.on_add_item)
    SpacetimeDBClient.instance.register_on_event(program.on_event)
    SpacetimeDBClient.instance.register_on_subscription_applied(program.on_subscription_applied)
    until(lambda: program.done, SpacetimeDBClient.instance, what=lambda: str(program.said))
    SpacetimeDBClient.instance.unregister_on_event(program.on_event)
    SpacetimeDBClient.instance.unregister_on_subscription_applied(program.on_subscription_applied)
    SpacetimeDBClient.instance.close()
    assert program.said == EVERY_CALLBACK


def test_the_async_client(host: str) -> None:
    program = Program()
    spacetime_client = SpacetimeDBAsyncClient(module_bindings)

    def on_connect(auth_token: str, identity: Identity) -> None:
        program.said += ["on_connect", "on_identity"]
        Item.register_row_update(program.on_row_update)
        add_item_reducer.register_on_add_item(program.on_add_item)
        spacetime_client.client.register_on_event(program.on_event)

    def application_tick() -> None:
        if program.done:
            spacetime_client.force_close()
        spacetime_client.schedule_event(0.02, application_tick)

    spacetime_client.register_on_subscription_applied(program.on_subscription_applied)
    spacetime_client.schedule_event(0.02, application_tick)

    async def run() -> None:
        async with asyncio.timeout(PATIENCE):
            await spacetime_client.run(None, host, "conformance", False, on_connect, ["SELECT * FROM item"])

    asyncio.run(run())
    assert program.said == EVERY_CALLBACK


@pytest.mark.real_server
def test_bindings_of_a_real_server_are_the_golden_ones_and_pass_strict_typing(
    real_server: str, tmp_path: Path
) -> None:
    out = tmp_path / "module_bindings"
    command = [
        sys.executable,
        "-m",
        "spacetimedb_sdk",
        "generate",
        "--server",
        real_server,
        "--database",
        "conformance",
    ]
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True, text=True)
    golden = Path(module_bindings.__file__).parent
    written = {path.name: path.read_text() for path in out.glob("*.py")}
    expected = {path.name: path.read_text() for path in golden.glob("*.py")}
    assert written.keys() == expected.keys()
    for name, text in expected.items():
        assert written[name].split("from", 1)[-1] == text.split("from", 1)[-1]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(out)], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
