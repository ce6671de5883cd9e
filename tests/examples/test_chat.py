"""Two people chat, one on the basic client and one on the async client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spacetimedb_sdk.standalone import Server
from tests.examples.conftest import Start, example_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with example_server("chat", monkeypatch) as running:
        yield running


SCRIPTS = ["chat/basic_client.py", "chat/async_client.py"]


@pytest.mark.parametrize(("mine", "theirs"), [SCRIPTS, SCRIPTS[::-1]], ids=["basic", "async"])
def test_a_conversation(server: Server, start: Start, mine: str, theirs: str) -> None:
    ann = start(mine, "--server", server.host, "--client", "ann")
    ann.expect("Online: ")
    ann.type("/name Ann")
    ann.expect("is now called Ann.")
    ann.type("first")
    ann.expect("Ann: first")
    ann.type("second")
    ann.expect("Ann: second")

    bo = start(theirs, "--server", server.host, "--client", "bo")
    bo.expect("Ann: first")
    bo.expect("Ann: second")
    assert "Ann" in bo.expect("Online: ")
    ann.expect("came online.")
    bo.type("/name Bo")
    ann.expect("is now called Bo.")
    bo.type("hello")
    ann.expect("Bo: hello")

    bo.type("/quit")
    bo.end()
    ann.expect("Bo left.")
    ann.type("/quit")
    ann.end()


@pytest.mark.parametrize("script", SCRIPTS)
def test_refusals_are_told_and_a_user_comes_back_as_the_same(
    server: Server, start: Start, script: str
) -> None:
    ann = start(script, "--server", server.host, "--client", "ann")
    ann.expect("Online: ")
    ann.type("  ")
    ann.expect("Could not send '  ': Messages must not be empty")
    ann.type("/name  ")
    ann.expect("Could not change your name to ' ': Names must not be empty")
    ann.type("/name Ann")
    ann.expect("is now called Ann.")
    ann.type("/quit")
    ann.end()

    again = start(script, "--server", server.host, "--client", "ann")
    assert again.expect("Online: ") == "Online: Ann"
