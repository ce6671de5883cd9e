"""`run_game.py host`."""

from __future__ import annotations

import argparse
import socket
import time
from pathlib import Path
from queue import Empty, SimpleQueue

from game.launcher.child_processes import ServerProcess
from game.launcher.errors import LauncherError
from game.launcher.files import config_folder
from game.launcher.hosting.addresses import addresses_to_join, ipv4_addresses
from game.launcher.hosting.host_console import HostConsole
from game.launcher.hosting.host_monitor import HostedPlayer, HostMonitor
from game.launcher.hosting.lan import MISSING, Announcement, can_announce, offered
from game.launcher.hosting.owner import WorldOwner, owner_token_file
from game.launcher.rule_sets import DEFAULT_RULES, rules_for
from game.launcher.terminal import notice, say, typed_lines
from game.match.launcher_ports import FIREWALL
from spacetimedb_sdk import SpacetimeDBException

__all__ = ["host"]

_LINE_SECONDS = 30.0
_SOON_SECONDS = 1.0
# How long a command waits for its answer at most.
_LOOK_SECONDS = 0.25


def host(options: argparse.Namespace) -> int:
    """Run the server until Ctrl-C, or `quit`; the exit code. The server lives on whatever its clients do."""
    data_dir: Path = options.data_dir or config_folder() / "host"
    rules = (
        (options.rules or DEFAULT_RULES)
        if options.in_memory
        else rules_for(data_dir, options.database, options.rules)
    )
    token_file = owner_token_file(data_dir, options.database)
    server = ServerProcess(
        listen=options.listen,
        database=options.database,
        data_dir=data_dir,
        rules=rules,
        seed=options.seed,
        keep_world=not options.in_memory,
        inspect=options.inspect,
        limits=options.limit,
        owner_token=token_file,
    )
    with server:
        server.echo = True
        say(f"hosting {options.database} on {server.address}")
        say(f"rules: {rules}")
        say(f"join with: python run_game.py play --server {server.address} --database {options.database}")
        _invite(options.listen, server.address, options.database)
        announcement = _announcement(options, server.address, rules)
        say("Ctrl-C ends it, and so does quit: help lists what else can be typed here")
        watch = _Watch(server, options.database, data_dir, token_file, announcement)
        try:
            console = watch.until_the_end()
        finally:
            if announcement is not None:
                announcement.close()
        if console.has_quit:
            return 0
        server.wait()
        raise LauncherError(f"the server ended by itself: {server.complaint()}")


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


def _announcement(options: argparse.Namespace, address: str, rules: str) -> Announcement | None:
    """Tells the network of the world, where that can reach it."""
    addresses = ipv4_addresses(options.listen)
    if not addresses or not options.announce:
        return None
    if not can_announce():
        say(f"not announced on the network. {MISSING}")
        return None
    world = offered(options.world_name or socket.gethostname(), options.database, rules)
    say(f"announced on the network as {world.name}")
    return Announcement(world, addresses, int(address.rpartition(":")[2]))


class _Watch:
    """Says who plays, soon after that has changed and every 30 seconds, and answers what is typed."""

    def __init__(
        self,
        server: ServerProcess,
        database: str,
        data_dir: Path,
        token_file: Path,
        announcement: Announcement | None,
    ) -> None:
        self._server = server
        self._announcement = announcement
        self._lines: SimpleQueue[str] = typed_lines()
        self._monitor: HostMonitor | None = HostMonitor(server.address, database, data_dir / "monitor.token")
        self._console = HostConsole(WorldOwner(server.address, database, token_file), self._roster)
        self._shown_at = time.monotonic()
        self._shown_players: tuple[str, ...] = self._monitor.players()
        self._monitor.line()

    def until_the_end(self) -> HostConsole:
        """Go on until the server has ended or `quit` is typed."""
        try:
            while self._server.process.poll() is None and not self._console.has_quit:
                self._look()
                self._answer()
        finally:
            if self._monitor is not None:
                self._monitor.close()
        return self._console

    def _roster(self) -> tuple[HostedPlayer, ...]:
        if self._monitor is None:
            raise LauncherError("who plays is not known")
        return self._monitor.roster()

    def _look(self) -> None:
        monitor = self._monitor
        if monitor is None:
            time.sleep(_LOOK_SECONDS)
            return
        try:
            monitor.update(_LOOK_SECONDS)
        except SpacetimeDBException as error:
            if self._server.process.poll() is None:
                notice(f"hosting goes on, but who plays is not known: {error}")
            monitor.close()
            self._monitor = None
            return
        now, players = time.monotonic(), monitor.players()
        if now - self._shown_at >= (_SOON_SECONDS if players != self._shown_players else _LINE_SECONDS):
            self._shown_at, self._shown_players = now, players
            if self._announcement is not None:
                self._announcement.players_changed(len(players))
            say(f"{time.strftime('%H:%M:%S')}  {monitor.line(now)}")

    def _answer(self) -> None:
        while True:
            try:
                line = self._lines.get_nowait()
            except Empty:
                return
            for each in self._console.answer(line):
                say(each)
