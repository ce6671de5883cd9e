"""A report that was asked for is written, however the program ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from game import cli
from game.launcher.errors import LauncherError
from game.match.report import PlayReport
from spacetimedb_sdk import ConnectError


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (KeyboardInterrupt(), 0),
        (LauncherError("the server did not start"), 1),
        (ConnectError("127.0.0.1:1", "nothing listens there"), 3),
    ],
)
@pytest.mark.parametrize("command", ["play", "bots"])
def test_before_there_was_anything_to_tell(
    command: str, failure: BaseException, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its modules are loaded, while its server starts: as it may be ended at any time."""
    path = tmp_path / "report.json"

    def ends(name: str) -> object:
        raise failure

    monkeypatch.setattr(cli, "_command", ends)
    assert cli.main([command, "--report", str(path)]) == code
    report = json.loads(path.read_text())
    if command == "play":
        assert report == PlayReport().to_json()
    else:
        assert (report["count"], report["bots"]) == (0, [])


def test_no_server_is_told_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path))
    path = tmp_path / "report.json"
    words = ["play", "--headless", "--server", "127.0.0.1:1", "--seconds", "1", "--report", str(path)]
    assert cli.main(words) == 3
    assert json.loads(path.read_text())["reducer_calls"] == 0


def test_a_report_that_has_no_place_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["play", "--headless", "--report", str(tmp_path / "none" / "report.json")]) == 1
    assert capsys.readouterr().err.count("does not exist") == 1
