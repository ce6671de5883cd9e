"""An embedded server with the game's rules, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from game.launcher.child_processes import ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address, `HOST:PORT`; the database is `blackholio`."""
    data_dir: Path = tmp_path_factory.mktemp("server")
    with ServerProcess(listen="127.0.0.1:0", database="blackholio", data_dir=data_dir, seed=1) as process:
        yield process.address
