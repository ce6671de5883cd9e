"""The words of the command line."""

from __future__ import annotations

import sys

import pytest
from pytest_mock import MockerFixture

from game.cli import main
from game.launcher.arguments import parser
from game.launcher.invitation import address_to_join, server_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", "localhost:3000"),
        ("localhost:4000", "localhost:4000"),
        ("http://10.0.0.7:3000/", "10.0.0.7:3000"),
        ("ws://10.0.0.7:3000", "10.0.0.7:3000"),
        ("[::1]", "[::1]:3000"),
        ("[::1]:4000", "[::1]:4000"),
    ],
)
def test_server_addresses(text: str, address: str) -> None:
    assert server_address(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", "localhost:3000"),
        ("http://10.0.0.7", "10.0.0.7:3000"),
        ("https://example.com", "https://example.com"),
        ("wss://example.com:8443/game/", "https://example.com:8443/game"),
        ("http://example.com/game", "http://example.com/game"),
        ("https://[::1]:3000", "https://[::1]:3000"),
    ],
)
def test_addresses_to_join(text: str, address: str) -> None:
    assert address_to_join(text) == address


@pytest.mark.parametrize(
    ("text", "server", "database"),
    [
        ("10.0.0.7", "10.0.0.7:3000", "blackholio"),
        ("come play at ws://10.0.0.7:4000 !", "10.0.0.7:4000", "blackholio"),
        ("http://10.0.0.7:4000/?database=arena", "10.0.0.7:4000", "arena"),
        ("ws://10.0.0.7:4000/v1/database/arena/subscribe", "10.0.0.7:4000", "arena"),
        (
            "join with: python run_game.py play --server 10.0.0.7:4000 --database arena",
            "10.0.0.7:4000",
            "arena",
        ),
    ],
)
@pytest.mark.parametrize("command", ["play", "bots"])
def test_a_server_is_named_by_whatever_names_it_in_a_chat(
    command: str, text: str, server: str, database: str
) -> None:
    options = parser().parse_args([command, "--server", text])
    assert (options.server, options.database) == (server, database)


@pytest.mark.parametrize(
    "words",
    [
        ["play", "--server", "https://"],
        ["play", "--server", "https://user:pw@host"],
        ["bots", "--server", "https://host/../x"],
        ["host", "--listen", "https://host"],
        ["play", "--server", "host:port"],
        ["play", "--server", "host:70000"],
        ["play", "--server", ":3000"],
        ["play", "--server", "ftp://host"],
        ["play", "--server", "fe80::1%eth0"],
        ["play", "--server", "come play with us"],
        ["bots", "--server", "come play with us"],
        ["play", "--bots", "-1"],
        ["play", "--bots", "many"],
        ["play", "--seconds", "0"],
        ["play", "--seconds", "nan"],
        ["play", "--seed", "1.5"],
        ["play", "--what"],
        ["bots", "--count", "100000"],
        ["host", "--listen", "host:x"],
        ["dance"],
    ],
)
def test_a_wrong_word_is_one_sentence_and_exit_code_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("run_game.py")
    assert "--help" in lines[0]


@pytest.mark.parametrize("words", [["--help"], ["play", "--help"], ["host", "--help"], ["bots", "--help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert "usage: run_game.py" in capsys.readouterr().out


def test_the_defaults() -> None:
    play = parser().parse_args(["play"])
    assert (play.server, play.database, play.profile, play.bots, play.headless) == (
        None,
        "blackholio",
        "default",
        None,
        False,
    )
    assert parser().parse_args(["host"]).listen == "127.0.0.1:3000"
    bots = parser().parse_args(["bots"])
    assert (bots.server, bots.count, bots.parent) == ("127.0.0.1:3000", 10, False)


def test_an_old_python_is_told_so_before_anything_is_imported_that_it_lacks(mocker: MockerFixture) -> None:
    mocker.patch.object(sys, "version_info", (3, 8, 18))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, this is 3\.8\.18"):
        main(["--help"])
