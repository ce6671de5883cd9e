"""The list of replays: whatever lies in the folder, the matches in it are listed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from game.client.render.seek_bar import clock
from game.launcher.recordings import RecordingFolder

MATCH = '{"event": "recv", "t": 75.0}\n{"event": "score", "mass": 690}\n'


@pytest.fixture
def folder(tmp_path: Path) -> RecordingFolder:
    (tmp_path / "match.jsonl").write_text(MATCH)
    return RecordingFolder(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"t": ' + "9" * 400 + "}",
        '{"t": NaN}',
        '{"t": Infinity}',
        '{"t": -1}',
        '{"event": "score", "mass": -5}',
        '{"event": "score", "mass": ' + "9" * 4000 + "}",
    ],
    ids=["deep", "whole", "nan", "infinite", "negative", "light", "heavy"],
)
def test_a_line_that_no_recorder_has_written_is_passed_over(
    folder: RecordingFolder, tmp_path: Path, line: str
) -> None:
    (tmp_path / "match.jsonl").write_text(f"{MATCH}{line}\n")
    (recording,) = folder.recordings()
    assert recording.length is not None
    assert (clock(recording.length), recording.score) == ("1:15", 690)


def test_what_is_no_file_hides_no_match(folder: RecordingFolder, tmp_path: Path) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    if sys.platform != "win32":
        (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nothing")
        os.mkfifo(tmp_path / "pipe.jsonl")
    assert [recording.name for recording in folder.recordings()] == ["match"]
