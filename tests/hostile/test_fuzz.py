"""Whatever comes, by every way in: an answer, or the end of who sent it; the others are served, nothing fails inside."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
import websocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.errors import SpacetimeDBException
from spacetimedb_sdk.sats.schema.versions import read_schema
from spacetimedb_sdk.standalone import Limits, Server
from tests.hostile import fuzzing
from tests.hostile.clients import PATIENCE, Victim, attacker
from tests.hostile.hostile_module import module
from tests.plugins.waiting import until

# Of each way in: as many as take about half a second, and about a minute.
SHORT, LONG = 50, 10_000
STRANGE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
FORMS = pytest.mark.parametrize(
    "count", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.soak)]
)


class Failures(logging.Handler):
    """What the server logged that it should not have had to."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # What the module's own functions failed with is said by the module's name.
        if record.name in ("spacetimedb_sdk.standalone", "spacetimedb_sdk.standalone.http"):
            self.records.append(f"{record.getMessage()} {record.exc_info}")


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Server, Victim, Failures]]:
    failures = Failures()
    logger = logging.getLogger("spacetimedb_sdk.standalone")
    logger.addHandler(failures)
    with (
        Server(module, database="hostile", limits=Limits(request_seconds=PATIENCE)) as server,
        Victim(server) as victim,
    ):
        yield server, victim, failures
    logger.removeHandler(failures)


def tried(
    count: int, host: tuple[Server, Victim, Failures], strategy: Any, act: Callable[[Server, Any], None]
) -> None:
    """So many examples; the victim goes on being answered, and nothing fails inside."""
    server, victim, failures = host

    @settings(max_examples=count, deadline=None, suppress_health_check=STRANGE)
    @given(strategy)
    def one(example: Any) -> None:
        act(server, example)
        assert not failures.records

    before = len(victim.waits)
    one()
    until(lambda: len(victim.waits) > before + 1)


class Talk:
    """A connection that is made anew whenever the server has ended it."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._socket: Any = None

    def say(self, server: Server, data: bytes | str) -> None:
        """Returns once the server has answered what is sent after it, or has ended the connection in its own way."""
        while self._socket is None:
            # On a busy machine a handshake may take longer than a request has to become whole.
            with suppress(ConnectionError):
                self._socket = attacker(server, self._protocol)
        try:
            if isinstance(data, str):
                self._socket.send(data.encode("utf-8", "replace").decode())
            else:
                self._socket.send_binary(data)
            self._socket.ping("there?")
            while True:
                opcode, answer = self._socket.recv_data(control_frame=True)
                if opcode == websocket.ABNF.OPCODE_PONG and answer == b"there?":
                    return
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    # 1011: a message that is none. "internal error" would be a mistake of the server's own.
                    assert answer[:2] == (1011).to_bytes(2, "big"), answer
                    assert b"internal error" not in answer, answer
                    break
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            pass
        self._socket.shutdown()
        self._socket = None

    def end(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close(timeout=0)


@FORMS
@pytest.mark.parametrize("protocol", ["v1.bsatn", "v1.json", "v2.bsatn", "v3.bsatn"])
def test_frames(count: int, protocol: str, host: tuple[Server, Victim, Failures]) -> None:
    frames: Any = fuzzing.v1_frames if protocol.startswith("v1") else fuzzing.v2_frames
    if protocol == "v1.json":
        frames = fuzzing.v1_texts | fuzzing.v1_frames
    talk = Talk(f"{protocol}.spacetimedb")
    try:
        tried(count, host, frames, talk.say)
    finally:
        talk.end()


def ask(server: Server, method: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    with closing(http.client.HTTPConnection(server.host, timeout=PATIENCE)) as peer:
        peer.request(method, path, body, headers)
        answer = peer.getresponse()
        text = answer.read()
        # Which is what SpacetimeDB answers to a program that is none.
        assert answer.status != 500 or text.startswith(b"failed to load the module"), text
        return answer.status


@FORMS
def test_statements(count: int, host: tuple[Server, Victim, Failures]) -> None:
    def act(server: Server, text: str) -> None:
        token = {"Authorization": f"Bearer {server.owner_token}"}
        status = ask(server, "POST", "/v1/database/hostile/sql", text.encode("utf-8", "replace"), token)
        assert status in (200, 400, 413)

    tried(count, host, fuzzing.sql_texts, act)


METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "LINK"]
PLACES = (
    "ping health metrics identity identity/public-key identity/websocket-token identity/c200/verify database "
)
PLACES += (
    "database/hostile/schema database/hostile/names database/hostile/call/fill database/hostile/call/much "
)
PLACES += "database/hostile/sql database/hostile/logs database/hostile/subscribe database/hostile database/c200/identity"
PARAMETERS = [
    "",
    "version=9",
    "version=",
    "num_lines=2",
    "num_lines=-1",
    "follow=x",
    "confirmed=false",
    "confirmed=",
    "%ff",
]
PARAMETERS += [
    "token=",
    "token=a.b.c",
    "clear=true",
    "compression=None",
    "light=1",
    "connection_id=" + "0" * 32,
]
NAMES = [
    "Content-Type",
    "Content-Encoding",
    "Authorization",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Protocol",
    "Expect",
]
VALUES = [
    "application/json",
    "gzip",
    "deflate",
    "Bearer",
    "Bearer x",
    "Bearer a.b.c",
    "websocket",
    "upgrade",
    "",
    "\xe4",
    "100-continue",
]


@FORMS
def test_requests(count: int, host: tuple[Server, Victim, Failures]) -> None:
    body = fuzzing.v1_texts.map(lambda text: text.encode("utf-8", "replace")) | st.binary(max_size=60)
    requests = st.tuples(
        st.sampled_from(METHODS),
        st.sampled_from(PLACES.split()),
        st.sampled_from(PARAMETERS),
        body,
        st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=3),
    )

    def act(server: Server, request: tuple[str, str, str, bytes, dict[str, str]]) -> None:
        method, place, parameter, body, headers = request
        # Answers without an end, and switched protocols, are no matter of one request.
        if parameter.startswith("follow"):
            parameter = "follow=maybe"
        with suppress(http.client.HTTPException):
            ask(server, method, f"/v1/{place}?{parameter}", body, headers)

    tried(count, host, requests, act)


@FORMS
@pytest.mark.parametrize("number", range(len(fuzzing.SCHEMAS)), ids=["v9", "v10"])
def test_schemas(count: int, number: int) -> None:
    """A schema is read, or refused with a typed error."""

    @settings(max_examples=count, deadline=None, suppress_health_check=STRANGE)
    @given(fuzzing.mutated_json(fuzzing.SCHEMAS[number]))
    def one(schema: Any) -> None:
        with suppress(SpacetimeDBException):
            read_schema(schema)

    one()
