"""The inspector as a process, and the browser that looks at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.places import ROOT

__all__ = ["browser_lacks", "chromium", "inspector"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str | None:
    """The browser of this machine: $CHROMIUM, the first there is on the path, or the one that playwright installed."""
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if named is not None or find_spec("playwright") is None:
        return named
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next(
        (
            str(path)
            for path in sorted(cache.glob("chromium*/chrome-linux*/*"))
            if path.name in ("chrome", "headless_shell")
        ),
        None,
    )


def browser_lacks() -> str | None:
    """What is missing to run the tests marked browser."""
    for package in ("nicegui", "playwright"):
        if find_spec(package) is None:
            return f"the package {package}"
    return None if chromium() else "a Chromium ($CHROMIUM, on the path, or by `playwright install chromium`)"


@contextmanager
def inspector(database: str, url: str, home: Path, *options: str, token: str | None = None) -> Iterator[str]:
    """`inspect` in a process of its own; the address of its page."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment |= {"PYTHONPATH": str(ROOT), "HOME": str(home)}
    if token is not None:
        environment["SPACETIMEDB_TOKEN"] = token
    command = [
        sys.executable,
        "-m",
        "spacetimedb_sdk",
        "inspect",
        database,
        "--server",
        url,
        "--port",
        "0",
        "--parent",
        *options,
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=home, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            word, address = process.stdout.readline().split()
            assert word == "inspect"
            yield address
        finally:
            process.stdin.close()
            assert process.wait(60) == 0
