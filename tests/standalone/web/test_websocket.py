"""The upgrade, the life and the end of WebSocket clients."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from typing import Any

import pytest
import websocket

from spacetimedb_sdk.module import (
    Module,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    column,
    u64,
)
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Database, Limits, ReducerPanic, Server
from spacetimedb_sdk.standalone.web import connection as connection_module
from spacetimedb_sdk.types import Identity
from tests.conformance.conformance_module import Note, Presence, module
from tests.plugins.waiting import PATIENCE, until
from tests.standalone.raw_client import PROTOCOL, Connect, RawClient


def upgrade(server: Server, path: str, **options: Any) -> websocket.WebSocket:
    options.setdefault("subprotocols", [PROTOCOL])
    return websocket.create_connection(f"ws://{server.host}{path}", timeout=PATIENCE, **options)


@pytest.mark.parametrize(
    ("path", "options", "status", "body"),
    [
        ("/conformance/subscribe", {"subprotocols": []}, 400, "no valid protocol selected"),
        ("/conformance/subscribe", {"subprotocols": ["v0.nothing"]}, 400, "no valid protocol selected"),
        (
            "/conformance/subscribe",
            {"header": ["Authorization: Bearer x"]},
            401,
            "Invalid token: InvalidToken",
        ),
        (
            "/conformance/subscribe",
            {"header": ["Authorization: Basic x"]},
            400,
            "Authorization is invalid: malformed token",
        ),
        ("/no-such-db/subscribe", {}, 404, "`no-such-db` not found"),
        ("/Bad_Name/subscribe", {}, 400, "Invalid URL: invalid characters in database name"),
        (
            "/conformance/subscribe?compression=none",
            {},
            400,
            "Failed to deserialize query string: unknown variant `none`, expected one of `None`, `Brotli`, `Gzip`",
        ),
        (
            "/conformance/subscribe?light=maybe",
            {},
            400,
            "Failed to deserialize query string: provided string was not `true` or `false`",
        ),
        (
            "/conformance/subscribe?connection_id=" + "0" * 32,
            {},
            400,
            "Invalid connection ID: the all-zeros ConnectionId is reserved.",
        ),
    ],
)
def test_refused_upgrades(server: Server, path: str, options: dict[str, Any], status: int, body: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        upgrade(server, f"/v1/database{path}", **options)
    assert caught.value.status_code == status
    assert (caught.value.resp_body or b"").decode() == body


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_server_picks_its_own_favourite(server: Server, count: int) -> None:
    known = [f"{name}.spacetimedb" for name in ("v1.json", "v1.bsatn", "v2.bsatn", "v3.bsatn")]
    offered = ["v4.bsatn.spacetimedb", *known[:count]]
    client = upgrade(server, "/v1/database/conformance/subscribe", subprotocols=offered)
    assert client.getsubprotocol() == known[count - 1]
    client.close()


def test_a_server_of_1_2_knows_v1_alone() -> None:
    with Server(module, database="conformance", compatibility="1.2") as server:
        both = ["v3.bsatn.spacetimedb", "v1.json.spacetimedb"]
        client = upgrade(server, "/v1/database/conformance/subscribe", subprotocols=both)
        assert client.getsubprotocol() == "v1.json.spacetimedb"
        client.close()
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            upgrade(server, "/v1/database/conformance/subscribe", subprotocols=both[:1])
        assert caught.value.resp_body == b"no valid protocol selected"


def test_tokens_bring_the_identity_back(server: Server, connect: Connect) -> None:
    first = connect()
    again = connect(token=first.token)
    by_query = connect(query=f"compression=None&token={first.token}")
    stranger = connect()
    assert again.identity == by_query.identity == first.identity != stranger.identity
    assert len({first.connection_id, again.connection_id, by_query.connection_id}) == 3
    assert again.token == first.token
    headers = again.socket.getheaders()
    assert headers is not None
    assert headers["spacetime-identity"] == str(first.identity)


def test_a_chosen_connection_id_is_kept(connect: Connect) -> None:
    assert str(connect(query="compression=None&connection_id=" + "12" * 16).connection_id) == "12" * 16


def online(server: Server) -> dict[Identity, int]:
    rows = server.run(lambda database: database.rows(Presence))
    return {row.identity: row.connections for row in rows if row.online}


def online_after(server: Server, count: int) -> dict[Identity, int]:
    """Who is online once that many are: a disconnect is noticed a moment after it happened."""
    until(lambda: len(online(server)) == count)
    return online(server)


def test_whoever_leaves_is_told_to_the_others(server: Server, connect: Connect) -> None:
    watcher, leaver = connect(), connect()
    watcher.subscribe("SELECT * FROM presence")
    leaver.close()
    message = watcher.receive()
    assert message.reducer_call.reducer_name == "client_disconnected"
    assert message.caller_identity == leaver.identity
    assert list(online(server)) == [watcher.identity]


def test_a_killed_client_is_noticed(server: Server, connect: Connect) -> None:
    watcher = connect()
    watcher.subscribe("SELECT * FROM presence")
    address = f"ws://{server.host}/v1/database/conformance/subscribe?compression=None"
    code = (
        "import sys, websocket\n"
        f"client = websocket.create_connection({address!r}, subprotocols=[{PROTOCOL!r}])\n"
        "client.recv()\n"
        "print('connected', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
        arrival = watcher.receive()
        os.kill(process.pid, signal.SIGKILL)
        departure = watcher.receive()
    assert arrival.reducer_call.reducer_name == "client_connected"
    assert departure.reducer_call.reducer_name == "client_disconnected"
    assert departure.caller_identity == arrival.caller_identity


def close_of(client: RawClient) -> tuple[int, str]:
    """The code and reason of the Close that comes next."""
    opcode, data = client.socket.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    return struct.unpack(">H", data[:2])[0], data[2:].decode()


@pytest.mark.parametrize(
    "data", [b"", b"\xff\x01\x02", b"\x00\xff\xff\xff\xff", b"\x04\x01\x00\x00\x00\x02\x00\x00\x00\xff\xfe"]
)
def test_malformed_messages_close_the_connection(server: Server, connect: Connect, data: bytes) -> None:
    client, bystander = connect(), connect()
    client.socket.send_binary(data)
    code, reason = close_of(client)
    assert code == 1011
    assert reason
    bystander.call("nothing")
    assert bystander.receive().reducer_call.reducer_name == "nothing"


def test_unknown_call_flags_close_the_connection(connect: Connect) -> None:
    client = connect()
    client.call("nothing", flags=7)
    assert close_of(client) == (1011, "invalid call reducer flag 7")


@pytest.mark.parametrize(
    "twice",
    [
        '"reducer":"nothing","request_id":1,"request_id":2',
        '"reducer":"fail","reducer":"nothing","request_id":1',
    ],
)
def test_a_field_that_comes_twice_closes_the_connection(server: Server, twice: str) -> None:
    url = f"{server.url.replace('http', 'ws', 1)}/v1/database/{server.name}/subscribe"
    client = websocket.create_connection(url, subprotocols=["v1.json.spacetimedb"], timeout=PATIENCE)
    with contextlib.ExitStack() as stack:
        stack.callback(client.shutdown)  # close() leaves the socket open where the server has closed
        client.recv()
        client.send(f'{{"CallReducer":{{{twice},"args":"[]","flags":0}}}}')
        opcode, data = client.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    assert (struct.unpack(">H", data[:2])[0], b"duplicate field" in data) == (1011, True)


def test_texts_that_are_no_message_close_the_connection(connect: Connect) -> None:
    client = connect()
    client.socket.send("{}")
    assert close_of(client)[0] == 1011


def test_v1_takes_texts_over_the_binary_protocol_too(connect: Connect) -> None:
    client = connect()
    client.socket.send(
        '{"CallReducer":{"reducer":"write_note","args":"[\\"hi\\"]","request_id":9,"flags":0}}'
    )
    assert client.receive().reducer_call.args == b"\x02\x00\x00\x00hi"


def drain(client: RawClient) -> None:
    """Reads, and answers nothing, until the server ends the connection."""
    try:
        while client.sock.recv(65536):
            pass
    except ConnectionError:  # reset instead of closed: ended just the same
        return


def test_messages_beyond_32_mib_close_the_connection(server: Server, connect: Connect) -> None:
    client = connect()
    client.sock.sendall(struct.pack(">BBQ", 0x82, 0xFF, (32 << 20) + 1) + bytes(1000))
    drain(client)
    assert online_after(server, 0) == {}


def test_pings_are_answered(connect: Connect) -> None:
    client = connect()
    client.socket.ping("are you there")
    opcode, data = client.socket.recv_data(control_frame=True)
    assert (opcode, data) == (websocket.ABNF.OPCODE_PONG, b"are you there")


def test_silent_clients_are_pinged_then_dropped(
    server: Server, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "PING_SECONDS", 0.2)
    client = connect()
    opcode, _ = client.socket.recv_data_frame(control_frame=True)
    assert opcode == websocket.ABNF.OPCODE_PING
    # Not before: on a busy machine it takes a while to connect and to answer.
    monkeypatch.setattr(connection_module, "IDLE_SECONDS", 0.2)
    client.sock.settimeout(PATIENCE)
    drain(client)  # the first ping was answered, the next are not
    assert online_after(server, 0) == {}


def test_a_client_that_reads_nothing_is_dropped() -> None:
    with (
        Server(module, database="conformance", limits=Limits(queued_bytes=1 << 20)) as server,
        RawClient(server) as sleeper,
        RawClient(server) as worker,
    ):
        starve(server, sleeper, worker)


def starve(server: Server, sleeper: RawClient, worker: RawClient) -> None:
    sleeper.subscribe("SELECT * FROM item")
    sleeper.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    worker.subscribe("SELECT * FROM presence")
    worker.call("add_items", "i", 2000, flags=1)

    def told() -> bool:
        worker.call("move_all", flags=1)
        server.run(lambda database: None)  # so that calls do not pile up
        return bool(select.select([worker.sock], [], [], 0.0)[0])

    until(told)
    message = worker.receive()
    assert message.reducer_call.reducer_name == "client_disconnected"
    assert message.caller_identity == sleeper.identity


def test_a_flood_waits_its_turn(server: Server, connect: Connect) -> None:
    flooder, other = connect(), connect()
    ping = struct.pack(">BBI", 0x89, 0x80, 0)
    flooder.sock.sendall(ping * 20_000)
    other.call("nothing")
    assert other.receive().reducer_call.reducer_name == "nothing"
    pongs = [flooder.socket.recv_data(control_frame=True)[0] for _ in range(20_000)]
    assert set(pongs) == {websocket.ABNF.OPCODE_PONG}


def test_what_was_said_before_leaving_still_counts(server: Server, connect: Connect) -> None:
    client = connect()
    for number in range(300):
        client.call("write_note", f"note {number}", flags=1)
    client.close()
    assert online_after(server, 0) == {}
    assert server.run(lambda database: len(database.rows(Note))) == 300


def gated() -> Module:
    """Lets nobody in, and counts beats."""
    module = Module("gated")

    @module.table(public=True)
    class Beat(Row):
        number: u64 = column(primary_key=True, auto_inc=True)

    @module.table(scheduled="beat")
    class BeatTimer(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    @module.init
    def init(ctx: ReducerContext) -> None:
        ctx.db[BeatTimer].insert(BeatTimer(0, ScheduleAt.Interval(TimeDuration(1))))

    @module.reducer
    def beat(ctx: ReducerContext, timer: BeatTimer) -> None:
        ctx.db[Beat].insert(Beat(0))

    @module.client_connected
    def connected(ctx: ReducerContext) -> None:
        raise ReducerError("members only")

    return module


def test_a_rejected_client_hears_nothing() -> None:
    with Server(gated()) as server, pytest.raises(websocket.WebSocketConnectionClosedException):
        RawClient(server)


def test_a_module_that_cannot_keep_up_does_not_silence_the_sockets() -> None:
    """One timer is always due: the server answers all the same, and stops when told to."""
    with (
        Server(gated()) as server,
        urllib.request.urlopen(f"{server.url}/v1/ping", timeout=PATIENCE) as answer,
    ):
        assert answer.status == 200


def test_scheduled_reducers_reach_their_onlookers(connect: Connect) -> None:
    client = connect()
    client.subscribe("SELECT * FROM tick_timer", "SELECT * FROM tick_count")
    client.call("tick_once", "soon", 1)
    asked, ran, cleaned = client.receive(), client.receive(), client.receive()
    assert asked.reducer_call.reducer_name == "tick_once"
    assert (ran.reducer_call.reducer_name, cleaned.reducer_call.reducer_name) == ("tick", "")
    assert ran.caller_identity == cleaned.caller_identity != client.identity
    assert int(ran.caller_connection_id) == 0


def test_stopping_says_goodbye(connect: Connect, server: Server) -> None:
    client = connect()
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    assert close_of(client) == (1001, "module exited")
    stopper.join()
    with pytest.raises(OSError, match="refused"):
        upgrade(server, "/v1/database/conformance/subscribe")


def test_a_failing_init_is_raised_where_the_server_is_started() -> None:
    module = Module("broken")

    @module.init
    def init(ctx: ReducerContext) -> None:
        raise ValueError("cannot begin")

    with pytest.raises(ReducerPanic, match="cannot begin"):
        Server(module).start()
    with pytest.raises(ReducerPanic):
        Database(module, clock=lambda: 0)


def test_calls_are_answered_in_the_order_they_were_sent(connect: Connect) -> None:
    client = connect()
    numbers = [client.call("write_note", f"note {n}") for n in range(200)]
    assert [client.receive().reducer_call.request_id for _ in numbers] == numbers
    assert isinstance(client.subscribe("SELECT * FROM note"), v1.SubscribeMultiApplied)
