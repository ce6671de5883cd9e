"""Recordings: a folder of them that does not grow without end, and the files in it."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

from game.language import gettext
from game.launcher.errors import LauncherError
from game.launcher.files import config_folder
from game.launcher.terminal import notice
from game.match.launcher_ports import OpenWorld, Recording
from game.match.replays.match_replay import MatchReplay
from spacetimedb_sdk.system.parsing import parsed_json
from spacetimedb_sdk.testing import Recorder

__all__ = ["RecordingFolder", "recorded", "recorded_in"]

# The newest are kept: so many, and so many bytes of them.
_MOST, _MOST_BYTES = 20, 300_000_000
# A match begins with the opening of its connection and the first message; a few attempts may come before.
_FIRST_LINES = 100
# How much of a file's end is read for its length and its score; a message of a large world has room in it.
_END_BYTES = 262_144
# No match has more, neither seconds nor mass: what does was written by hand.
_LARGEST = 1e9


class RecordingFolder:
    """Where matches are kept that the player wants to have recorded: `replays` beside the settings."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or config_folder() / "replays"

    def new(self) -> Path:
        """A file for the match that begins now; room is made for it. LauncherError where there can be none."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept, size = 0, 0
            for path in self._files():
                kept, size = kept + 1, size + path.stat().st_size
                if kept >= _MOST or size > _MOST_BYTES:
                    path.unlink()
        except OSError as error:
            raise LauncherError(
                gettext("no match can be recorded in {folder}: {reason}").format(
                    folder=self._folder, reason=error.strerror
                )
            ) from error
        return self._folder / time.strftime("match-%Y%m%d-%H%M%S.jsonl")

    def recordings(self) -> Sequence[Recording]:
        """What is there, the newest first."""
        return [recording for path in self._files() if (recording := _read(path)) is not None]

    def _files(self) -> list[Path]:
        try:
            # No links to nothing, which have no time, nor pipes, which would be waited for.
            files = [path for path in self._folder.glob("*.jsonl") if path.is_file()]
            return sorted(files, key=os.path.getmtime, reverse=True)
        except OSError:
            return []


def recorded(world: OpenWorld, path: Path, stack: ExitStack) -> OpenWorld:
    """The same world, whose match is kept in a file as its player sees it until `stack` is closed."""
    through = world.settings.connect_options.get("link_factory")
    recorder = stack.enter_context(Recorder(path) if through is None else Recorder(path, factory=through))
    settings = replace(world.settings, connect_options={"link_factory": recorder.connect})

    def keep_score(score: int) -> None:
        recorder.write({"event": "score", "mass": score})

    return replace(world, settings=settings, keep_score=keep_score)


def recorded_in(folder: RecordingFolder, world: OpenWorld) -> OpenWorld:
    """The same world, recorded in a new file of the folder until it is closed; as it is where that is not possible."""
    with ExitStack() as stack:
        stack.callback(world.close)
        try:
            path = folder.new()
            stack.callback(_forget_nothing, path)
            kept = recorded(world, path, stack)
        except (LauncherError, OSError) as error:
            notice(f"this match is not recorded: {error}")
            stack.pop_all()
            return world
        return replace(kept, close=stack.pop_all().close)


def _forget_nothing(path: Path) -> None:
    """Remove a file in which no match has begun: the world could not be entered."""
    try:
        with path.open(encoding="utf-8") as file:
            if any(parsed_json(line).get("event") == "recv" for line in islice(file, _FIRST_LINES)):
                return
        path.unlink()
    except (OSError, ValueError):
        # It is gone already, or stays in the list, where the player can delete it.
        return


def _read(path: Path) -> Recording | None:
    """What a file tells of itself; None where it is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _END_BYTES, 0))
            lines = file.read().splitlines()
        at = path.stat().st_mtime
    except OSError:
        return None
    length: float | None = None
    score: int | None = None
    for line in reversed(lines):
        try:
            noted = parsed_json(line)
        except ValueError:
            continue
        if not isinstance(noted, dict):
            continue
        entry = cast("dict[str, object]", noted)
        mass, seconds = entry.get("mass"), entry.get("t")
        if entry.get("event") == "score" and isinstance(mass, int) and 0 <= mass < _LARGEST:
            score = mass
        elif isinstance(seconds, int | float) and 0 <= seconds < _LARGEST:
            length = float(seconds)
            break
    if length is None and score is None:
        return None
    return Recording(
        name=path.stem,
        at=at,
        length=length,
        score=score,
        open=partial(_open, path),
        delete=partial(_delete, path),
    )


def _open(path: Path) -> MatchReplay:
    """LauncherError for a file that cannot be read."""
    try:
        return MatchReplay(path)
    except OSError as error:
        raise LauncherError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise LauncherError(str(error)) from error


def _delete(path: Path) -> None:
    """LauncherError where the file stays; that it is gone already is as well."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LauncherError(
            gettext("{path} cannot be deleted: {reason}").format(path=path, reason=error.strerror)
        ) from error
