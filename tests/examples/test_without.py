"""Examples without a server, and without the SDK: one sentence each, and an exit code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.places import ROOT

EXAMPLES = ROOT / "examples"
# Programs that are started by their name; the others are imported by these.
PROGRAMS = sorted(
    str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*.py") if "if __name__" in path.read_text()
)
# No window, and no complaints of a sound card that is not there.
NO_DEVICES = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
ARGUMENTS = {"adventure/adventure_client.py": ["--name", "Ann"]}


def start(program: str, python: str, *argv: str, home: Path, path: str) -> subprocess.CompletedProcess[str]:
    """In the example's own folder, as its reader would."""
    script = EXAMPLES / program
    environment = {**os.environ, "PYTHONPATH": path, "HOME": str(home)} | NO_DEVICES
    command = [python, script.name, *ARGUMENTS.get(program, []), *argv]
    # Open, and nothing typed: at the end of its input a program would end without having looked for a server.
    keyboard, typing = os.pipe()
    try:
        return subprocess.run(
            command,
            cwd=script.parent,
            env=environment,
            stdin=keyboard,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(keyboard)
        os.close(typing)


@pytest.mark.parametrize("program", PROGRAMS)
def test_where_no_server_answers_it_says_so_and_ends_with_3(program: str, tmp_path: Path) -> None:
    done = start(program, sys.executable, "--server", "127.0.0.1:1", home=tmp_path, path=str(ROOT))
    assert done.returncode == 3, done.stderr
    assert "nothing listens there" in done.stderr
    # The SDK's log may have said the same.
    sentences = {line.removeprefix(f"{Path(program).name}: ") for line in done.stderr.splitlines()}
    assert len(sentences) == 1, done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_the_sdk_it_says_how_to_install_it(program: str, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = start(program, str(python), home=tmp_path, path="")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert re.search(r'pip install "\.\./\.\.\[server[a-z,]*\]"', done.stderr)
