"""Requests of procedures: answered by a real server over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Event, Thread
from typing import Any
from urllib.parse import unquote

import pytest

from spacetimedb_sdk.module import (
    HttpRequest,
    HttpRequestError,
    HttpResponse,
    Module,
    ProcedureContext,
    ProcedureHttp,
    Row,
    TimeDuration,
    i32,
    u32,
)
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.engine import http_requests
from tests.plugins.waiting import until

ENDED = Event()


class _Answers(BaseHTTPRequestHandler):
    """Echoes what it was asked; some paths answer otherwise."""

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        if self.path == "/away":
            self._answer(307, b"", ("Location", "/there"))
        elif self.path == "/never":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            self.wfile.flush()
            ENDED.wait()
        elif self.path.startswith("/to/"):
            self._answer(302, b"", ("Location", f"http://{unquote(self.path.removeprefix('/to/'))}"))
        elif self.path == "/odd":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xe9\r\nContent-Length: 0\r\n\r\n")
        elif self.path == "/none":
            self.wfile.write(b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n")
        elif self.path == "/deep":
            self._answer(200, b"[" * 100_000)
        elif self.path == "/junk":
            self.wfile.write(b"SSH-2.0-x\r\n")
        elif self.path == "/long":
            self._answer(200, bytes(2_000))
        else:
            status = 404 if self.path == "/missing" else 200
            asked = "\n".join(f"{name.lower()}: {value}" for name, value in self.headers.items())
            self._answer(
                status,
                f"{self.command} {self.path}\n{asked}\n\n".encode() + body,
                ("X-Twice", "1"),
                ("X-Twice", "2"),
            )

    do_POST = do_PURGE = do_GET

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: pytest shows what the test says."""


@pytest.fixture(scope="module")
def asked() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        ENDED.set()
        server.shutdown()


def answer_to(request: HttpRequest) -> HttpResponse:
    """What a procedure gets."""
    got: list[HttpResponse] = []
    module = Module("asking")

    @module.procedure
    def ask(ctx: ProcedureContext) -> u32:
        got.append(ctx.http.send(request))
        return got[0].status

    database = Database(module, clock=lambda: 1)
    outcome = database.procedures.call("ask", b"", sender=database.owner, connection_id=None)
    assert got, database.module_log.lines()
    assert outcome.bsatn == got[0].status.to_bytes(4, "little")
    return got[0]


def test_all_of_a_request_goes_out_and_all_of_the_answer_comes(asked: str) -> None:
    answer = answer_to(
        HttpRequest(
            f"{asked}/a?b=c", "post", headers=[("X-A", "1"), ("X-A", " 2 ")], body="süß", timeout=30.0
        )
    )
    first, *lines = answer.text().split("\n")
    assert first == "POST /a?b=c"
    assert [line for line in lines if line.startswith("x-a")] == ["x-a: 1", "x-a: 2"]
    assert "content-length: 5" in lines
    assert lines[-1] == "süß"
    assert answer.status == 200
    assert [value for name, value in answer.headers if name == "x-twice"] == ["1", "2"]
    assert answer.header("X-TWICE") == "1"
    assert answer.header("x-thrice") is None


def test_every_status_is_an_answer_and_every_method_is_sent(asked: str) -> None:
    assert answer_to(HttpRequest(f"{asked}/missing", headers={"user-agent": "me"})).status == 404
    answer = answer_to(HttpRequest(f"{asked}/x", "PURGE"))
    assert answer.text().startswith("PURGE /x\n")
    assert "user-agent: spacetimedb-python" in answer.text()


def test_a_redirect_is_followed(asked: str) -> None:
    assert answer_to(HttpRequest(f"{asked}/away", "POST", body=b"kept")).text().startswith("POST /there\n")


def test_what_proves_who_one_is_does_not_go_along_to_another_host(asked: str) -> None:
    port = asked.rpartition(":")[2]
    headers = {"authorization": "Bearer secret", "x-api-key": "kept"}
    for host, follows in (("127.0.0.1", True), ("localhost", False)):
        request = HttpRequest(f"{asked}/to/{host}:{port}/there", headers=headers)
        text = answer_to(request).text().lower()
        assert "get /there" in text
        assert "x-api-key: kept" in text
        assert ("secret" in text) is follows


def test_the_time_limit_is_for_the_whole_answer(asked: str) -> None:
    for timeout in (0.05, TimeDuration(50_000)):
        with pytest.raises(HttpRequestError, match=r"/never: no whole answer within 0\.05 s"):
            http_requests.send_request(HttpRequest(f"{asked}/never", timeout=timeout))


def test_an_answer_beyond_the_bound_is_none(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_requests, "MAX_BODY", 1_999)
    with pytest.raises(HttpRequestError, match="/long answers with more than"):
        http_requests.send_request(HttpRequest(f"{asked}/long"))


def test_who_is_not_there_or_speaks_no_http_is_told(asked: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(HttpRequestError, match="gives no answer: Cannot connect"):
            http_requests.send_request(HttpRequest(f"http://127.0.0.1:{taken.getsockname()[1]}/"))
    with pytest.raises(HttpRequestError, match="/junk gives no answer"):
        http_requests.send_request(HttpRequest(f"{asked}/junk"))


def test_what_no_header_should_hold_is_a_letter_for_each_byte(asked: str) -> None:
    assert answer_to(HttpRequest(f"{asked}/odd")).header("x-odd") == "\xff\xe9"


def test_a_status_that_is_none_is_no_answer(asked: str) -> None:
    with pytest.raises(HttpRequestError, match="the status 0, which is none"):
        http_requests.send_request(HttpRequest(f"{asked}/none"))


def test_json_that_is_nested_too_deep_is_no_value(asked: str) -> None:
    with pytest.raises(ValueError, match="too deep"):
        answer_to(HttpRequest(f"{asked}/deep")).json()


@pytest.mark.parametrize("inside", ["127.0.0.2", "localhost", "[::ffff:127.0.0.2]"])
def test_no_redirect_leads_from_outside_into_a_private_network(
    asked: str, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    """Where the server's own machine answers to nobody else: a database, the data of a cloud's machine."""
    real = http_requests.is_public
    port = asked.rpartition(":")[2]
    monkeypatch.setattr(http_requests, "is_public", lambda host: host == "127.0.0.1" or real(host))
    if inside == "localhost":
        # A name that is looked up: it stands for another address of this machine.
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", int(port)))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(HttpRequestError, match="a redirect leads from outside into a private network"):
        http_requests.send_request(HttpRequest(f"{asked}/to/{inside}:{port}/"))
    # What a module names itself it may ask, and follow further.
    monkeypatch.undo()
    assert answer_to(HttpRequest(f"{asked}/to/127.0.0.1:{port}/there")).text().startswith("GET /there")


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:127.0.0.1", False),
    ],
)
def test_what_is_a_public_address(host: str, public: bool) -> None:
    assert http_requests.is_public(host) is public


def test_all_answers_on_their_way_share_one_bound(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_requests, "_MAX_BODIES", 3_000)
    for _ in range(3):  # what has come counts no more
        assert len(answer_to(HttpRequest(f"{asked}/long")).body) == 2_000
    assert http_requests._ROOM.take(1_500)
    try:
        with pytest.raises(HttpRequestError, match="all answers that are on their way"):
            http_requests.send_request(HttpRequest(f"{asked}/long"))
    finally:
        http_requests._ROOM.give_back(1_500)
    assert len(answer_to(HttpRequest(f"{asked}/long")).body) == 2_000


def test_the_time_limit_holds_where_a_host_is_looked_up_without_end(
    asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, looked_up = Event(), socket.getaddrinfo

    def slow(*question: Any, **hints: Any) -> Any:
        answered.wait()
        return looked_up(*question, **hints)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(http_requests, "_LOOK_UPS", BoundedSemaphore(1))
    by_name = asked.replace("127.0.0.1", "localhost")
    try:
        with pytest.raises(HttpRequestError, match=r"no whole answer within 0\.2 s"):
            http_requests.send_request(HttpRequest(by_name, timeout=0.2))
        # The thread is still busy with it.
        with pytest.raises(HttpRequestError, match="too many hosts are being looked up"):
            http_requests.send_request(HttpRequest(by_name))
    finally:
        answered.set()
    until(lambda: http_requests._LOOK_UPS.acquire(blocking=False))
    http_requests._LOOK_UPS.release()
    assert answer_to(HttpRequest(by_name)).status == 200


@pytest.mark.parametrize(
    "rest", ["127.0.0.1:1/a?key=hidden", "127.0.0.1:abc/a?key=hidden", "[::1/a?key=hidden"]
)
def test_no_text_tells_what_of_an_address_may_be_secret(rest: str) -> None:
    with pytest.raises(HttpRequestError) as refused:
        http_requests.send_request(HttpRequest(f"http://me:hidden@{rest}"))
    assert "hidden" not in str(refused.value)
    assert str(refused.value).startswith(f"http://{rest.partition('?')[0]} ")


def test_an_address_that_is_none_is_told_without_its_secrets() -> None:
    with pytest.raises(HttpRequestError) as refused:
        HttpRequest("http://me:hidden@a b/?key=hidden" + "x" * 10_000)
    assert "hidden" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_no_request_while_a_transaction_is_open_and_again_after_it(asked: str) -> None:
    module = Module("asking")
    said: list[str] = []

    @module.table(public=True)
    class Count(Row):
        value: i32

    @module.procedure
    def ask(ctx: ProcedureContext) -> str:
        def inside(tx: Any) -> None:
            tx.db[Count].insert(Count(1))
            try:
                ctx.http.get(asked)
            except HttpRequestError as error:
                said.append(str(error))

        ctx.with_tx(inside)
        return ctx.http.get(f"{asked}/after").text()

    database = Database(module, clock=lambda: 1)
    outcome = database.procedures.call("ask", b"", sender=database.owner, connection_id=None)
    assert b"GET /after" in outcome.bsatn
    assert said == [
        "a transaction is open: everybody would wait for the answer; ask before with_tx, or after it"
    ]
    assert [row.value for row in database.rows(Count)] == [1]


@pytest.mark.parametrize(
    ("uri", "more", "said"),
    [
        ("example.org/a", {}, "write http:// or https://"),
        ("file:///etc/passwd", {}, "write http:// or https://"),
        ("http://", {}, "write http:// or https://"),
        ("http://a/b c", {}, "urllib.parse.quote"),
        ("http://a/\r\nX: 1", {}, "urllib.parse.quote"),
        ("http://a/ü", {}, "urllib.parse.quote"),
        ("http://a", {"method": "GET /"}, "is no method"),
        ("http://a", {"method": ""}, "is no method"),
        ("http://a", {"headers": {"a b": "1"}}, "is no name of a header"),
        ("http://a", {"headers": {"a": "secret\nX: 1"}}, "line feed"),
        ("http://a", {"headers": [("a", "secret \x7f")]}, "line feed"),
        ("http://a", {"timeout": 0}, "give more than 0"),
        ("http://a", {"timeout": float("nan")}, "give more than 0"),
        ("http://a", {"timeout": float("inf")}, "no more than a day"),
        ("http://a", {"timeout": TimeDuration(-1)}, "give more than 0"),
    ],
)
def test_what_no_request_can_hold_is_refused(uri: str, more: dict[str, Any], said: str) -> None:
    with pytest.raises(HttpRequestError, match=said) as refused:
        HttpRequest(uri, **more)
    assert "secret" not in str(refused.value)


def test_a_context_made_by_hand_is_given_its_answers() -> None:
    client = ProcedureHttp(lambda request: HttpResponse(200, body=b'{"price": 3}'))
    assert client.get("http://a/price").json() == {"price": 3}
