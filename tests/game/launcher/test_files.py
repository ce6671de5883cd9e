"""Files that are whole or not there."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from game.launcher.errors import LauncherError
from game.launcher.files import config_folder, require_parent_folder, write_atomically, write_report


def test_a_report_is_json_and_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for frames in (1, 2):
        write_report(path, {"frames": frames})
    assert json.loads(path.read_text()) == {"frames": 2}
    assert os.listdir(tmp_path) == ["report.json"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def refuse(source: str, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(LauncherError, match="Permission denied"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_folder_that_does_not_exist_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(LauncherError, match="create it first"):
        require_parent_folder(tmp_path / "nowhere" / "a.json", "--report")
    with pytest.raises(LauncherError, match="name a file in it"):
        require_parent_folder(tmp_path, "--report")
    require_parent_folder(tmp_path / "a.json", "--report")


@pytest.mark.parametrize(
    ("platform", "variable", "folder"),
    [
        ("linux", "XDG_CONFIG_HOME", "blackholio"),
        ("win32", "APPDATA", "blackholio"),
        ("linux", "BLACKHOLIO_CONFIG_DIR", ""),
        ("darwin", "HOME", "Library/Application Support/blackholio"),
    ],
)
def test_the_config_folder_of_each_platform(
    platform: str, variable: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BLACKHOLIO_CONFIG_DIR", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert config_folder() == tmp_path / folder
