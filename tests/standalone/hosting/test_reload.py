"""`--reload`: a changed module is taken up under the clients' feet, or refused while the old one runs on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.sats.algebraic_type import I32, STRING, Element, ProductType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE

ROW = CodecSpace(Typespace(()), {}).codec(ProductType((Element("id", I32), Element("text", STRING))))
TEXT = CodecSpace(Typespace(()), {}).codec(ProductType((Element("text", STRING),)))
MODULE = """
from shop.words import word
from spacetimedb_sdk.module import Module, ReducerContext, Row, column, i32

module = Module("shop", style="2.x")

@module.table(public=True)
class Note(Row):
    id: i32 = column(primary_key=True, auto_inc=True)
    text: str

@module.table
class Hidden(Row):
    text: str

@module.reducer
def write(ctx: ReducerContext, text: str) -> None:
    ctx.db[Note].insert(Note(0, word() + text))
"""


class Shop:
    """A server with a module in a folder that a test edits."""

    def __init__(self, folder: Path) -> None:
        self.clients: list[websocket.WebSocket] = []
        self.folder = folder / "shop"
        self.folder.mkdir()
        self.edit("__init__", MODULE)
        self.edit("words", "def word() -> str:\n    return 'first '\n")
        command = [sys.executable, "-m", "spacetimedb_sdk.standalone", "--module", "shop", "--reload"]
        self.process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", "--data-dir", str(folder / "data")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.url = self.said().split()[1]
        self.said()
        self.said()

    def edit(self, name: str, text: str) -> None:
        """At once, so that no half of it is looked at."""
        (self.folder / "edited").write_text(text)
        (self.folder / "edited").replace(self.folder / f"{name}.py")

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip()

    def complained(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.readline().rstrip()

    def client(self) -> websocket.WebSocket:
        client = websocket.create_connection(
            f"{self.url.replace('http', 'ws')}/v1/database/shop/subscribe?compression=None",
            subprotocols=["v1.bsatn.spacetimedb"],
            timeout=PATIENCE,
        )
        self.clients.append(client)
        client.recv()
        say(client, v1.Subscribe(["SELECT * FROM note"], 1))
        return client


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    for client in shop.clients:  # of a test that failed, too: the next one's collector would come upon it
        client.shutdown()  # type: ignore[no-untyped-call]
    shop.process.send_signal(signal.SIGINT)
    shop.process.communicate(timeout=PATIENCE)
    assert shop.process.returncode == 0


def say(client: websocket.WebSocket, message: Any) -> Any:
    client.send_binary(v1.CLIENT_MESSAGE.encode(message))
    return hear(client)


def hear(client: websocket.WebSocket) -> Any:
    frame = client.recv()
    assert isinstance(frame, bytes)
    return v1.SERVER_MESSAGE.decode(frame[1:])


def write(client: websocket.WebSocket, text: str) -> tuple[int, str]:
    """The row that came of it."""
    update = say(client, v1.CallReducer("write", TEXT.encode((text,)), 1, 0))
    (table,) = update.status.value.tables
    inserts = table.updates[0].value.inserts
    row: tuple[int, str] = ROW.decode(inserts.rows_data)
    return row


def test_a_changed_module_is_taken_up_and_its_clients_stay(shop: Shop) -> None:
    client = shop.client()
    assert write(client, "one") == (1, "first one")
    shop.edit("words", "def word() -> str:\n    return 'second '\n")
    assert shop.said() == "reloaded shop"
    assert write(client, "two") == (2, "second two")
    shop.process.send_signal(signal.SIGHUP)
    assert shop.said() == "reloaded shop"

    shop.edit("__init__", "def half(:\n")
    assert shop.complained().startswith(
        "not reloaded, the module before goes on: module 'shop' cannot be imported"
    )
    assert write(client, "three") == (3, "second three")

    shop.edit("__init__", MODULE.replace("class Hidden(Row):", "class Hidden(Row):\n    more: i32"))
    assert "table `hidden`: its columns were `text` and must stay so" in shop.complained()
    assert write(client, "four") == (4, "second four")

    more = "\n@module.table(public=True)\nclass Extra(Row):\n    text: str\n"
    shop.edit("__init__", MODULE.replace("word() + text", "'third ' + text") + more)
    assert shop.said() == "reloaded shop"
    assert write(client, "five") == (5, "third five")
    assert hear_rows(shop) == 5

    # Nobody else may see what is private now.
    shop.edit("__init__", MODULE.replace("@module.table(public=True)", "@module.table") + more)
    assert shop.said() == "reloaded shop"
    opcode, _ = client.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE


def hear_rows(shop: Shop) -> int:
    """How many notes a new client is told of."""
    client = websocket.create_connection(
        f"{shop.url.replace('http', 'ws')}/v1/database/shop/subscribe?compression=None",
        subprotocols=["v1.bsatn.spacetimedb"],
        timeout=PATIENCE,
    )
    client.recv()
    initial = say(client, v1.Subscribe(["SELECT * FROM note", "SELECT * FROM extra"], 1))
    client.close()
    client.shutdown()  # type: ignore[no-untyped-call]
    return sum(table.num_rows for table in initial.database_update.tables)
