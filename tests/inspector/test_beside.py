"""The page beside a server: it opens when the server is ready, acts as its owner, and ends with it."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.places import ROOT
from tests.plugins.waiting import PATIENCE, until

pytestmark = pytest.mark.browser

COMMANDS = {
    "start": [
        "-m", "spacetimedb_sdk", "start", "--module", "tests.conformance.conformance_module", "--listen", "127.0.0.1:0",
        "--inspect",
    ],
    "dev": ["-m", "spacetimedb_sdk", "dev", "--module", "rules", "--listen", "127.0.0.1:0", "--inspect"],
    "host": [str(ROOT / "run_game.py"), "host", "--listen", "127.0.0.1:0", "--in-memory", "--inspect"],
}  # fmt: skip


def answers(address: str) -> bool:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
    with closing(connection), suppress(OSError):
        connection.request("GET", f"{place.path}?{place.query}")
        return connection.getresponse().status == 303
    return False


@pytest.mark.parametrize("how", COMMANDS)
def test_the_page_opens_with_the_server_and_ends_with_it(how: str, tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(
        'from spacetimedb_sdk.module import Module\nmodule = Module("rules")\n'
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]),
        "HOME": str(tmp_path),
        "BLACKHOLIO_CONFIG_DIR": str(tmp_path / "config"),
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        [sys.executable, *COMMANDS[how]], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if line.startswith("inspect "))
            address = line.split()[-1]
            assert answers(address)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) in (0, 130)
            until(lambda: not answers(address), what="the page went with the server")
        finally:
            process.kill()
