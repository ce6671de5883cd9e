"""Blackholio as one file and as a folder without Python: each starts its own server and bots, and plays."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import module_bindings
from spacetimedb_sdk.testing import Replay
from tests.places import ROOT
from tests.plugins.waiting import until

KINDS = ["zipapp", *(["pyinstaller"] if importlib.util.find_spec("PyInstaller") else [])]


def built(kind: str, out: Path) -> Path:
    """The file that a build consists of."""
    command = [sys.executable, str(ROOT / ".ci" / "build_game.py"), kind, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip file, for all tests of it."""
    return built("zipapp", tmp_path_factory.mktemp("zipapp"))


@pytest.fixture(scope="module", params=KINDS)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of a build."""
    if request.param == "zipapp":
        return [sys.executable, str(request.getfixturevalue("archive"))]
    return [str(built(request.param, tmp_path_factory.mktemp(request.param)))]


def begun(program: list[str], *argv: str, folder: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {
        "HOME": str(folder),
        "BLACKHOLIO_CONFIG_DIR": str(folder / "config"),
        "SDL_VIDEODRIVER": "dummy",
    }
    return subprocess.Popen(
        [*program, *argv],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def who_came(match: Path) -> set[str]:
    """The players that who records has been told of so far."""
    try:
        replay = Replay(match)
    except (OSError, ValueError):  # it has not begun
        return set()
    with replay.connect_client(module_bindings) as client:
        while replay.step(client):
            pass
        return {player.name for player in client.db.player.iter() if player.name}


def test_a_build_plays_in_a_world_of_its_own_with_bots(program: list[str], tmp_path: Path) -> None:
    match = tmp_path / "match.jsonl"
    files = ("--report", "report.json", "--screenshot", "shot.png", "--record", str(match))
    with begun(program, "play", "--headless", "--bots", "2", *files, folder=tmp_path) as playing:
        until(lambda: playing.poll() is not None or len(who_came(match)) == 3)
        playing.send_signal(signal.SIGINT)
        _, errors = playing.communicate()
    assert playing.returncode == 0, errors
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["rows"]["player"] == 3
    assert [bot["error"] for bot in report["bots"]] == [None, None]
    assert (tmp_path / "shot.png").stat().st_size > 10_000


def test_a_build_says_what_is_wrong_in_one_sentence(program: list[str], tmp_path: Path) -> None:
    words = ("play", "--headless", "--server", "127.0.0.1:1", "--seconds", "60")
    with begun(program, *words, folder=tmp_path) as playing:
        _, errors = playing.communicate()
    assert playing.returncode == 3
    assert "Traceback" not in errors
    assert "nothing listens" in errors


def test_the_zip_file_starts_itself_and_holds_its_sounds(archive: Path, tmp_path: Path) -> None:
    """Its children are the file again, not whatever lies beside it."""
    assert archive.name == "blackholio.pyz"
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        "from game.launcher.own_program import own_command\n"
        "from game.client.audio import Audio\n"
        "audio = Audio(); audio.open(); print(audio.is_open); print(*own_command('bots')[1:])\n"
    )
    environment = {
        **os.environ,
        "SDL_AUDIODRIVER": "dummy",
        "PYGAME_HIDE_SUPPORT_PROMPT": "1",
        "PYTHONPATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["True", f"{archive} bots"], done.stderr


def test_an_executable_is_started_without_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    from game.launcher.own_program import own_command

    assert own_command("bots") == [sys.executable, str(ROOT / "run_game.py"), "bots"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert own_command("bots", "--count", "3") == [sys.executable, "bots", "--count", "3"]
