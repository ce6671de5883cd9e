"""The HTTP client against a server that answers as a real one was recorded to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from spacetimedb_sdk import SpacetimeDBClient
from spacetimedb_sdk.errors import (
    AuthenticationError,
    ConnectCause,
    ConnectError,
    DatabaseNotFoundError,
    HttpError,
)
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.types import Identity
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import until

IDENTITY = "c200985dde09d86e7eee94f7a909ebd6d539491e8e2f530dcaa0b0406960bf24"
DATABASE = "c2001a8a308af69371d4b6e15d6d81f5ccd92221dad72eafe175448e5141a9e2"

# (method, path, body) of the request, status and body of the answer, as SpacetimeDB 1.2.0 gave them.
ANSWERS = {
    ("GET", "/v1/ping", ""): (200, ""),
    ("POST", "/v1/identity", ""): (200, f'{{"identity":"{IDENTITY}","token":"SECRET-TOKEN"}}'),
    ("GET", "/v1/database/conformance", ""): (
        200,
        f'{{"database_identity":{{"__identity__":"0x{DATABASE}"}},"owner_identity":{{"__identity__":"0x{IDENTITY}"}},'
        '"host_type":{"Wasm":[]},"initial_program":"0x1f"}',
    ),
    ("GET", "/v1/database/conformance/schema?version=9", ""): (200, '{"typespace":{"types":[]}}'),
    ("GET", "/v1/database/conformance/schema?version=10", ""): (400, "Unsupported schema version"),
    ("GET", "/v1/database/no-such-db/schema?version=10", ""): (404, ""),
    ("GET", "/v1/database/modern/schema?version=10", ""): (200, '{"sections":[]}'),
    ("POST", "/v1/database/conformance/call/write_note", '["hello"]'): (200, ""),
    ("POST", "/v1/database/conformance/call/write_note", '{"text": "hello"}'): (200, ""),
    ("POST", "/v1/database/conformance/call/double", "[2]"): (200, "4"),
    ("POST", "/v1/database/conformance/call/fail", '["no"]'): (530, "no"),
    ("POST", "/v1/database/conformance/call/a%2Fb", "[]"): (404, "no such reducer"),
    ("PUT", "/v1/database/conformance", "wasm"): (200, '{"Success":{}}'),
    ("GET", "/v1/database/strange", ""): (200, "<html>"),
    ("GET", "/v1/database/strange/schema?version=10", ""): (200, '{"openapi":"3.1"}'),
    ("GET", "/game/v1/ping", ""): (404, ""),
    ("POST", "/v1/database/conformance/sql", "SELECT * FROM note"): (
        200,
        '[{"schema":{"elements":[]},"rows":[[1]],"total_duration_micros":5,"stats":{"rows_inserted":0}}]',
    ),
    ("POST", "/v1/database/conformance/sql", "SELEKT"): (400, "sql parser error: found: SELEKT"),
    ("POST", "/v1/database/strange/sql", "SELECT * FROM note"): (200, "{}"),
    ("GET", "/v1/database/conformance/logs?follow=false&num_lines=2", ""): (
        200,
        '{"level":"Info","ts":1,"message":"one"}\n{"level":"Panic","ts":2,"message":"two"}\n',
    ),
    ("GET", "/v1/database/conformance/logs?follow=true", ""): (
        200,
        '{"level":"Info","ts":3,"message":"three"}\n',
    ),
    ("GET", "/v1/database/conformance/logs?follow=false&num_lines=7", ""): (200, "[]\n"),
    ("GET", "/v1/database/conformance/logs?follow=false&num_lines=8", ""): (200, '{"level": "Info"}\n'),
    ("GET", "/v1/database/conformance/logs?follow=false", ""): (400, "Identity does not own database"),
    ("GET", "/v1/database/no-such-db/logs?follow=false", ""): (404, "`no-such-db` not found"),
    ("GET", f"/v1/identity/{IDENTITY}/verify", ""): (204, ""),
    ("GET", f"/v1/identity/{DATABASE}/verify", ""): (400, ""),
}


class Recorded(BaseHTTPRequestHandler):
    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        status, text = ANSWERS.get(
            (self.command, self.path, body), (500, f"not recorded: {self.path} {body}")
        )
        if self.headers.get("Authorization") == "Bearer garbage":
            status, text = 401, "Invalid token: InvalidToken"
        if "/call/" in self.path and self.headers.get("Content-Type") != "application/json":
            status, text = 415, "Expected request with `Content-Type: application/json`"
        self.send_response(status)
        if self.path == "/v1/database/conformance":
            self.send_header("spacetime-identity", IDENTITY)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = answer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.mark.parametrize("form", ["{}", "http://{}", "http://{}/", "ws://{}"])
def test_every_form_of_a_server_is_understood(server: str, form: str) -> None:
    client = HttpClient(form.format(server))
    client.ping()
    assert client.server_url == f"http://{server}"


def test_identity_keeps_its_token_out_of_sight(server: str) -> None:
    issued = HttpClient(server).identity()
    assert str(issued.identity) == IDENTITY
    assert issued.token == "SECRET-TOKEN"
    assert "SECRET" not in repr(issued)
    assert "SECRET" not in repr(HttpClient(server, "SECRET-TOKEN"))


def test_database_and_schema(server: str) -> None:
    info = HttpClient(server).database("conformance")
    assert (str(info.database_identity), str(info.owner_identity)) == (DATABASE, IDENTITY)
    assert info.host_type == "Wasm"
    assert HttpClient(server).schema("conformance") == {"typespace": {"types": []}}, "refused 10, gave 9"
    assert HttpClient(server).schema("conformance", version=9) == {"typespace": {"types": []}}
    assert HttpClient(server).schema("modern") == {"sections": []}


def test_calls(server: str) -> None:
    client = HttpClient(server, "token")
    assert client.call("conformance", "write_note", ["hello"]) is None
    assert client.call("conformance", "write_note", {"text": "hello"}) is None
    assert client.call("conformance", "double", (2,)) == 4
    client.publish("conformance", b"wasm")


def test_sql_is_a_list_of_results(server: str) -> None:
    client = HttpClient(server)
    (result,) = client.sql("conformance", "SELECT * FROM note")
    assert result["rows"] == [[1]]
    with pytest.raises(HttpError, match="SELEKT") as caught:
        client.sql("conformance", "SELEKT")
    assert caught.value.status == 400
    with pytest.raises(ConnectError, match="not SpacetimeDB's"):
        client.sql("strange", "SELECT * FROM note")


def test_logs_come_line_by_line(server: str) -> None:
    client = HttpClient(server)
    assert [entry["message"] for entry in client.logs("conformance", num_lines=2)] == ["one", "two"]
    assert [entry["message"] for entry in client.logs("conformance", follow=True)] == ["three"]
    with pytest.raises(HttpError, match="does not own"):
        list(client.logs("conformance"))
    with pytest.raises(DatabaseNotFoundError, match="no-such-db"):
        list(client.logs("no-such-db"))
    for num_lines in (7, 8):
        with pytest.raises(ConnectError, match="not SpacetimeDB's"):
            list(client.logs("conformance", num_lines=num_lines))


def test_whom_the_server_takes_a_token_for(server: str) -> None:
    client = HttpClient(server, "token")
    assert str(client.identity_of("conformance")) == IDENTITY
    assert client.verify(Identity.from_string(IDENTITY))
    assert not client.verify(Identity.from_string(DATABASE))
    with pytest.raises(ConnectError, match="not SpacetimeDB's"):
        client.identity_of("strange")


def test_a_failed_reducer_is_an_http_error_with_its_text(server: str) -> None:
    with pytest.raises(HttpError) as caught:
        HttpClient(server).call("conformance", "fail", ["no"])
    assert (caught.value.status, caught.value.body) == (530, "no")


def test_other_refusals(server: str) -> None:
    with pytest.raises(HttpError) as caught:
        HttpClient(server).schema("conformance", version=10)
    assert caught.value.status == 400
    with pytest.raises(DatabaseNotFoundError, match=r"no database 'no-such-db'.*check the name"):
        HttpClient(server).schema("no-such-db")
    with pytest.raises(HttpError, match="no such reducer"):
        HttpClient(server).call("conformance", "a/b")
    with pytest.raises(AuthenticationError, match="refused the token") as refused:
        HttpClient(server, "garbage").ping()
    assert "garbage" not in str(refused.value)


def test_an_answer_that_is_not_spacetimedbs(server: str) -> None:
    with pytest.raises(ConnectError, match="not SpacetimeDB's"):
        HttpClient(server).database("strange")
    with pytest.raises(ConnectError, match="not SpacetimeDB's"):
        HttpClient(server).schema("strange")


def test_a_path_under_which_there_is_no_spacetimedb(server: str) -> None:
    with pytest.raises(
        ConnectError, match=r"nothing at .*/game/v1/ping, whose path may be another"
    ) as caught:
        HttpClient(f"{server}/game").ping()
    assert caught.value.cause is ConnectCause.NOT_SPACETIMEDB


PAGE = (
    b"\r\n<!DOCTYPE html><html><head><title>\n 502 Bad &amp; Gateway </title></head><body>nginx</body></html>"
)
ASKED: list[Callable[[HttpClient], object]] = [
    lambda http: http.sql("shop", "SELECT * FROM item"),
    lambda http: http.call("shop", "buy", [1]),
    lambda http: list(http.logs("shop")),
    lambda http: http.publish("shop", b"\0asm"),
    lambda http: http.schema("shop"),
    lambda http: http.database("shop"),
    lambda http: http.identity(),
    lambda http: http.names("shop"),
]


@pytest.fixture
def web_server() -> Iterator[Callable[[int], str]]:
    """What answers every request with a page, under a status that the test says; its address."""
    with ExitStack() as stack:

        def serve(status: int) -> str:
            class Page(BaseHTTPRequestHandler):
                def answer(self) -> None:
                    self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    self.send_response(status)
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(PAGE)))
                    self.end_headers()
                    self.wfile.write(PAGE)

                do_GET = do_POST = do_PUT = answer

                def log_message(self, format: str, *args: object) -> None:
                    """Nothing on stderr."""

            httpd = ThreadingHTTPServer(("127.0.0.1", 0), Page)
            stack.callback(httpd.server_close)
            stack.callback(httpd.shutdown)
            threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            return f"127.0.0.1:{httpd.server_port}"

        yield serve


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 405, 500, 502, 503])
def test_a_page_in_the_place_of_an_answer_is_told_by_its_title(
    web_server: Callable[[int], str], status: int
) -> None:
    """Of a web server, or of a proxy that passes the path on to nothing."""
    http = HttpClient(web_server(status))
    for ask in ASKED:
        with pytest.raises((ConnectError, HttpError)) as caught:
            ask(http)
        said = str(caught.value)
        assert "a web page, '502 Bad & Gateway'" in said
        assert str(status) in said
        assert "<" not in said
        if status in (200, 404):
            assert isinstance(caught.value, ConnectError)
            assert caught.value.cause is ConnectCause.NOT_SPACETIMEDB
            assert "whose path may be another" in said
        else:
            assert isinstance(caught.value, HttpError)
            assert caught.value.status == status


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502])
def test_over_a_websocket_it_is_told_as_well(web_server: Callable[[int], str], status: int) -> None:
    client = SpacetimeDBClient(bindings)
    client.connect(None, web_server(status), "shop", False, verify_schema=False)
    with pytest.raises(ConnectError, match="a web page, '502 Bad & Gateway'") as caught:
        until(lambda: client.is_connected, client)
    assert "<" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:1", "nothing listens there"),
        ("no-such-host.invalid:3000", "no such host"),
        ("ftp://localhost", "the scheme must be"),
        ("", "give HOST or HOST:PORT"),
        ("http://127.0.0.1:port", "give HOST or HOST:PORT"),
        ("http://127.0.0.1:99999", "a port is a number"),
    ],
)
def test_no_connection_says_what_to_do(url: str, says: str) -> None:
    with pytest.raises(ConnectError, match=says):
        HttpClient(url).ping()


def test_http_to_a_port_that_speaks_tls_names_the_scheme() -> None:
    page = "a web page, '400 The plain HTTP request was sent to HTTPS port'"
    assert str(HttpError(400, page)).endswith("(the port speaks TLS: write https:// before the host)")
    assert not HttpError(400, "invalid arguments").remedy


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConnectError, match=r"no answer within 0\.1 s"):
            HttpClient(f"127.0.0.1:{port}", timeout=0.1).ping()


@pytest.mark.parametrize("length", [5_000_000_000, 10**15, 2**63 - 1, 10**22])
@pytest.mark.parametrize(
    "form", ["Content-Length: {0}\r\n\r\n[", "Transfer-Encoding: chunked\r\n\r\n{0:x}\r\n["]
)
def test_an_answer_that_says_that_it_is_longer_than_any_memory(length: int, form: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def boast() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(f"HTTP/1.1 200 OK\r\n{form.format(length)}".encode())

        thread = threading.Thread(target=boast)
        thread.start()
        # A part of some gigabytes that does not come has only been begun.
        with pytest.raises(ConnectError, match=r"does not end|was cut off"):
            HttpClient(f"127.0.0.1:{listener.getsockname()[1]}").schema("conformance")
        thread.join()


def test_something_that_is_no_http_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(ConnectError, match="does not speak HTTP"):
            HttpClient(f"127.0.0.1:{listener.getsockname()[1]}").ping()
        thread.join()
