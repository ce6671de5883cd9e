"""Requests inside a database. The bytes are those that `spacetimedb-lib` 2.10.1, compiled by cargo, writes for the same."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.module import HttpRequest, HttpRequestError, HttpResponse, ProcedureHttp, TimeDuration
from spacetimedb_sdk.module.hosted.http import read_response, send_request, write_request
from tests.publishing.newer_rules import module

from .python_host import PythonHost

# accept: text/plain, x-a: 1, x-a: 2; no time limit; https://example.org/a?b=c; HTTP/1.1
REST = (
    "03000000060000006163636570740a000000746578742f706c61696e03000000782d61010000003103000000782d61010000003201"
    "1900000068747470733a2f2f6578616d706c652e6f72672f613f623d6302"
)
METHODS = {
    "GET": "00",
    "HEAD": "01",
    "POST": "02",
    "PUT": "03",
    "DELETE": "04",
    "CONNECT": "05",
    "OPTIONS": "06",
    "TRACE": "07",
    "PATCH": "08",
    "PURGE": "09050000005055524745",
}
# content-type: text/plain, set-cookie: a=\xff, set-cookie: b; before the version and the status
HEADERS = (
    "030000000c000000636f6e74656e742d747970650a000000746578742f706c61696e0a0000007365742d636f6f6b696503000000613dff"
    "0a0000007365742d636f6f6b69650100000062"
)


@pytest.mark.parametrize(("method", "tag"), METHODS.items())
def test_each_method_is_written_as_the_official_library_does(method: str, tag: str) -> None:
    request = HttpRequest(
        "https://example.org/a?b=c", method, headers=[("Accept", "text/plain"), ("x-a", "1"), ("X-A", "2")]
    )
    assert write_request(request).hex() == tag + REST


@pytest.mark.parametrize("timeout", [1.5, TimeDuration(1_500_000)])
def test_a_time_limit_is_in_microseconds(timeout: float | TimeDuration) -> None:
    request = HttpRequest("http://[::1]:8/", "POST", timeout=timeout)
    assert write_request(request).hex() == (
        "02000000000060e31600000000000f000000687474703a2f2f5b3a3a315d3a382f02"
    )


@pytest.mark.parametrize("version", range(5))
def test_an_answer_of_each_version_is_read(version: int) -> None:
    head = bytes.fromhex(f"{HEADERS}{version:02x}9401")
    assert read_response(head, b"body") == HttpResponse(
        404, (("content-type", "text/plain"), ("set-cookie", "a=\xff"), ("set-cookie", "b")), b"body"
    )


def test_the_host_is_asked_and_its_refusal_told() -> None:
    host = PythonHost(module)
    client = ProcedureHttp(lambda request: send_request(host, request))
    with pytest.raises(HttpRequestError, match=r"^nowhere$"):
        client.get("http://a")
    host.answer = True, bytes.fromhex(f"{HEADERS}02c800"), b"hello"
    assert client.send(HttpRequest("http://a", "PUT", body="asked")).text() == "hello"
    assert [body for _, body in host.requests] == [b"", b"asked"]
