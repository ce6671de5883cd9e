"""`inspect` before there is a page: which database is meant, and what keeps it from opening one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.inspector.server_figures import server_figures
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.types import Identity


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("SPACETIMEDB_TOKEN", "SPACETIMEDB_SERVER", "SPACETIMEDB_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    # Here or not: what is said comes before it is needed.
    monkeypatch.setattr("spacetimedb_sdk.cli.inspector.require", lambda *_: None)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    code = main(["inspect", *argv])
    return code, capsys.readouterr().err


def test_a_database_is_named_or_the_only_one_of_its_owner(
    server: Server, owner: HttpClient, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(capsys, "--server", server.url)
    assert (code, "which database? Name it" in text) == (1, True)
    code, text = said(capsys, "--server", server.url, "--token", HttpClient(server.url).identity().token)
    assert (code, "this token owns none" in text) == (1, True)
    (owned,) = owner.databases(owner.database("conformance").owner_identity)
    assert owned == owner.database("conformance").database_identity
    assert owner.names(str(owned)) == ["conformance"]
    assert owner.databases(Identity(bytes(32))) == []


def test_what_is_not_there_is_told_before_a_page_opens(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(capsys, "nowhere", "--server", server.url)
    assert (code, "nowhere" in text) == (1, True)
    code, text = said(capsys, "shop", "--server", "http://127.0.0.1:1")
    assert (code, "nothing listens there" in text) == (3, True)


@pytest.mark.browser
def test_a_port_that_is_taken_is_an_error(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, text = said(capsys, "conformance", "--server", server.url, "--port", port)
    assert (code, f"the page cannot listen on port {port}" in text) == (1, True)


def test_figures_are_those_of_the_database(server: Server, owner: HttpClient) -> None:
    owner.call("conformance", "add_items", ["i", 3])
    figures = server_figures(owner.metrics(), "conformance")
    assert figures is not None
    assert (figures.calls >= 1, figures.commits >= 1, figures.changed_rows >= 3) == (True, True, True)
    assert server_figures("spacetime_num_bytes_sent 5\n", "conformance") is None
