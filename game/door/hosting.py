"""`run_game.py host`."""

from __future__ import annotations

import argparse
from pathlib import Path

from game.door.children import ServerProcess
from game.door.errors import DoorError
from game.door.files import config_folder
from game.door.output import say

__all__ = ["host"]


def host(options: argparse.Namespace) -> int:
    """Run the server until Ctrl-C; the exit code."""
    data_dir: Path = options.data_dir or config_folder() / "host"
    server = ServerProcess(
        listen=options.listen, database=options.database, data_dir=data_dir, seed=options.seed
    )
    with server:
        server.echo = True
        say(f"hosting {options.database} on {server.address}")
        say(f"join with: python run_game.py play --server {server.address} --database {options.database}")
        say("Ctrl-C ends it")
        code = server.wait()
        raise DoorError(f"the server ended by itself with code {code}: {server.complaint()}")
