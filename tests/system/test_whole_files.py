"""Whole files: the old content or the new, never a part, and nothing left beside them."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.system.whole_files import write_whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_made_and_line_ends_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "text"
    write_whole(path, "one\ntwo ü\n", private=False)
    assert path.read_bytes() == "one\ntwo ü\n".encode()
    assert os.listdir(path.parent) == ["text"]


def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_whole(path, "new", private=True)
    assert (mode(path), path.read_text()) == (0o600, "new")


def test_any_other_file_keeps_its_mode_or_gets_the_usual_one(tmp_path: Path) -> None:
    usual, kept = tmp_path / "usual", tmp_path / "kept"
    usual.write_text("")
    write_whole(tmp_path / "new", "text", private=False)
    assert mode(tmp_path / "new") == mode(usual)
    kept.write_text("old")
    kept.chmod(0o755)
    write_whole(kept, "new", private=False)
    assert mode(kept) == 0o755


@pytest.mark.parametrize("edge", ["os.replace", "os.chmod"])
def test_a_disk_that_fails_leaves_the_old_file_alone(
    tmp_path: Path, mocker: MockerFixture, edge: str
) -> None:
    path = tmp_path / "text"
    path.write_text("old")
    mocker.patch(
        f"spacetimedb_sdk.system.whole_files.{edge}", side_effect=OSError(28, "No space left on device")
    )
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new", private=False)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["text"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target, link, dangling = tmp_path / "kept" / "settings", tmp_path / "link", tmp_path / "dangling"
    target.write_text("old")
    link.symlink_to(target)
    dangling.symlink_to(tmp_path / "kept" / "new")
    write_whole(link, "new", private=True)
    write_whole(dangling, "made", private=True)
    assert (link.is_symlink(), target.read_text(), mode(target)) == (True, "new", 0o600)
    assert (dangling.is_symlink(), dangling.read_text()) == (True, "made")
    assert sorted(os.listdir(tmp_path / "kept")) == ["new", "settings"]


def test_a_pipe_takes_the_text_and_stays(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "text", private=True)
    reader.join()
    assert read == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]
