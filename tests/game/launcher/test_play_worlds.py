"""The world of `play`: begun like the last one, and gone when it is left for the title."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from game import cli
from game.launcher.commands import play
from game.match.launcher_ports import OpenWorld
from game.match.report import PlayReport

LAST = {"name": "Ann", "difficulty": "hard", "bots": 3, "rules": "official"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path))
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(LAST))
    return path


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def test_a_world_that_is_left_for_the_title_has_ended(
    settings: Path, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its server and its bots would go on under the menus, and beside the next world."""
    started = mocker.patch.object(play, "start_bots")
    started.return_value.end.return_value = ([], None)

    def in_window(world: OpenWorld, **options: Any) -> PlayReport:
        assert listens(world.settings.server)
        assert started.call_count == 0
        world.players_changed(1)
        assert started.call_count == 1
        world.close()
        assert not listens(world.settings.server)
        assert started.return_value.end.call_count == 1
        return PlayReport()

    monkeypatch.setattr(play, "in_window", in_window)
    assert cli.main(["play"]) == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ("hard", 3, "official")),
        (["--difficulty", "calm"], ("calm", 9, "official")),
        (["--bots", "2", "--rules", "arcade"], ("hard", 2, "arcade")),
    ],
)
def test_what_is_not_said_is_as_in_the_last_world(
    settings: Path,
    mocker: MockerFixture,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    expected: tuple[str, int, str],
) -> None:
    bots, server = mocker.patch.object(play, "start_bots"), mocker.patch.object(play, "ServerProcess")
    bots.return_value.end.return_value = ([], None)
    server.return_value.__enter__.return_value.address = "127.0.0.1:1"

    def in_window(world: OpenWorld, **options: Any) -> PlayReport:
        world.players_changed(1)
        return PlayReport()

    monkeypatch.setattr(play, "in_window", in_window)
    assert cli.main(["play", *words]) == 0
    asked = bots.call_args.kwargs
    assert (asked["difficulty"], asked["count"], server.call_args.kwargs["rules"]) == expected
