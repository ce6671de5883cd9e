"""Blackholio as one file or one folder: `python .ci/build_game.py zipapp|pyinstaller --out DIR`.

`zipapp` writes `DIR/blackholio.pyz`: the game, the SDK and websocket-client. What is compiled cannot be in a zip file: whoever runs it
has pygame and the server's packages installed. `pyinstaller` writes the folder `DIR/blackholio`, which needs no Python.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import zipapp
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("game", "module_bindings", "spacetimedb_sdk")


def build_zipapp(out: Path) -> Path:
    """The path of the file."""
    with TemporaryDirectory() as folder:
        stage = Path(folder)
        for package in PACKAGES:
            shutil.copytree(ROOT / package, stage / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "run_game.py", stage / "__main__.py")
        shutil.copy(ROOT / "LICENSE", stage / "LICENSE")
        # With its licence, which is among the files.
        for file in files("websocket-client") or []:
            if file.suffix != ".pyc" and ".." not in file.parts:
                target = stage / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path(str(file.locate())), target)
        out.mkdir(parents=True, exist_ok=True)
        target = out / "blackholio.pyz"
        zipapp.create_archive(stage, target, interpreter="/usr/bin/env python3", compressed=True)
        return target


def build_pyinstaller(out: Path) -> Path:
    """The path of the executable."""
    with TemporaryDirectory() as work:
        # Much is imported by name, when it is first used: PyInstaller is told all of it.
        collect = [option for package in PACKAGES for option in ("--collect-submodules", package)]
        command = [
            sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "--name", "blackholio",
            "--distpath", str(out), "--workpath", work, "--specpath", work, "--paths", str(ROOT),
            "--collect-data", "game", *collect, "--hidden-import", "websocket",
            "--hidden-import", "sqlglot.dialects.postgres",
            str(ROOT / "run_game.py"),
        ]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return out / "blackholio" / ("blackholio.exe" if os.name == "nt" else "blackholio")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("zipapp", "pyinstaller"))
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR")
    options = parser.parse_args()
    print((build_zipapp if options.kind == "zipapp" else build_pyinstaller)(options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
