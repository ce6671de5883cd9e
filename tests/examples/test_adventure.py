"""Two players meet, walk and talk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples.conftest import GROUNDS, Home, Start, example_server


@pytest.fixture(params=GROUNDS)
def server(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Home]:
    with example_server("adventure", monkeypatch, request) as running:
        yield running


def test_two_players(server: Home, start: Start) -> None:
    ann = start("adventure/adventure_client.py", "--name", "Ann", *server.arguments)
    ann.expect("Harbour.")
    ann.expect("Ways: north.")

    bo = start("adventure/adventure_client.py", "--name", "Bo", *server.arguments)
    bo.expect("Harbour.")
    bo.expect("Here: Ann.")
    ann.expect("Bo arrives.")

    ann.type("say shall we?")
    bo.expect("Ann says: shall we?")
    ann.type("north")
    ann.expect("Market.")
    ann.expect("Ways: south, up.")
    bo.expect("Ann leaves.")
    bo.type("say wait")
    bo.expect("Bo says: wait")
    bo.type("north")
    ann.expect("Bo arrives.")
    assert "Bo says: wait" not in ann.said

    ann.type("west")
    ann.expect("You cannot: there is no way west.")
    ann.type("recall")
    ann.expect("Ann said: shall we?")
    ann.expect("Bo said: wait")

    bo.type("quit")
    bo.end()
    ann.expect("Bo falls asleep.")


def test_a_name_is_taken_once(server: Home, start: Start) -> None:
    start("adventure/adventure_client.py", "--name", "Ann", *server.arguments).expect("Harbour.")
    other = start("adventure/adventure_client.py", "--name", "Ann", *server.arguments)
    other.expect("You cannot: the name 'Ann' is not free.")
