"""`run_game.py host`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from game.launcher.addresses import addresses_to_join
from game.launcher.child_processes import ServerProcess
from game.launcher.errors import LauncherError
from game.launcher.files import config_folder
from game.launcher.rule_sets import DEFAULT_RULES, rules_for
from game.launcher.terminal import notice, say
from game.match.launcher_ports import FIREWALL
from spacetimedb_sdk import SpacetimeDBException

__all__ = ["host"]

_LINE_SECONDS = 30.0
_SOON_SECONDS = 1.0


def host(options: argparse.Namespace) -> int:
    """Run the server until Ctrl-C; the exit code. The server lives on whatever its clients do."""
    data_dir: Path = options.data_dir or config_folder() / "host"
    rules = (
        (options.rules or DEFAULT_RULES)
        if options.in_memory
        else rules_for(data_dir, options.database, options.rules)
    )
    server = ServerProcess(
        listen=options.listen,
        database=options.database,
        data_dir=data_dir,
        rules=rules,
        seed=options.seed,
        keep_world=not options.in_memory,
        inspect=options.inspect,
        limits=options.limit,
    )
    with server:
        server.echo = True
        say(f"hosting {options.database} on {server.address}")
        say(f"rules: {rules}")
        say(f"join with: python run_game.py play --server {server.address} --database {options.database}")
        _invite(options.listen, server.address, options.database)
        say("Ctrl-C ends it")
        _report(server, options.database, data_dir)
        code = server.wait()
        raise LauncherError(f"the server ended by itself with code {code}: {server.complaint()}")


def _invite(listen: str, address: str, database: str) -> None:
    """Say under which addresses others reach the world."""
    port = address.rpartition(":")[2]
    host_part = listen.rpartition(":")[0]
    others = addresses_to_join(f"{host_part}:{port}")
    if not others:
        say("only this machine can join: --listen 0.0.0.0:3000 opens the world to others")
        return
    for other in others:
        say(f"others join with: python run_game.py play --server {other} --database {database}")
    say(FIREWALL.format(port=port))


def _report(server: ServerProcess, database: str, data_dir: Path) -> None:
    """Say who plays, soon after that has changed and every 30 seconds, until the server ends."""
    from game.launcher.host_monitor import HostMonitor

    monitor = HostMonitor(server.address, database, data_dir / "onlooker.token")
    said_at, said_of = time.monotonic(), monitor.players()
    monitor.line()
    try:
        while server.process.poll() is None:
            monitor.update(0.5)
            now = time.monotonic()
            changed = monitor.players() != said_of
            if now - said_at >= (_SOON_SECONDS if changed else _LINE_SECONDS):
                said_at, said_of = now, monitor.players()
                say(f"{time.strftime('%H:%M:%S')}  {monitor.line(now)}")
    except SpacetimeDBException as error:
        notice(f"hosting goes on, but who plays is not known: {error}")
    finally:
        monitor.close()
