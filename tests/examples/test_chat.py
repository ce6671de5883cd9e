"""Two people chat, one on the basic client and one on the async client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples.conftest import GROUNDS, Home, Start, example_server


@pytest.fixture(params=GROUNDS)
def server(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Home]:
    with example_server("chat", monkeypatch, request) as running:
        yield running


SCRIPTS = ["chat/basic_client.py", "chat/async_client.py"]


@pytest.mark.parametrize(("mine", "theirs"), [SCRIPTS, SCRIPTS[::-1]], ids=["basic", "async"])
def test_a_conversation(server: Home, start: Start, mine: str, theirs: str) -> None:
    ann = start(mine, *server.arguments, "--client", "ann")
    ann.expect("Online: ")
    ann.type("/name Ann")
    ann.expect("is now called Ann.")
    ann.type("first")
    ann.expect("Ann: first")
    ann.type("second")
    ann.expect("Ann: second")

    bo = start(theirs, *server.arguments, "--client", "bo")
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
def test_refusals_are_told_and_a_user_comes_back_as_the_same(server: Home, start: Start, script: str) -> None:
    ann = start(script, *server.arguments, "--client", "ann")
    ann.expect("Online: ")
    ann.type("  ")
    ann.expect("Could not send '  ': Messages must not be empty")
    ann.type("/name  ")
    ann.expect("Could not change your name to ' ': Names must not be empty")
    ann.type("/name Ann")
    ann.expect("is now called Ann.")
    ann.type("/quit")
    ann.end()

    again = start(script, *server.arguments, "--client", "ann")
    assert again.expect("Online: ") == "Online: Ann"
