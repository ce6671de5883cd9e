"""Hosting from a terminal: what it tells, and that it outlives its clients."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from spacetimedb_sdk import Identity
from spacetimedb_sdk.http import HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Start

    Guest = Callable[[str, str], None]


def test_a_host_tells_addresses_players_and_ticks_and_survives_its_clients(
    start: Start, guest: Guest
) -> None:
    program = start("host", "--listen", "0.0.0.0:0", "--seed", "1")
    address = program.line("hosting blackholio on ").rpartition(" ")[2]
    port = address.rpartition(":")[2]
    assert program.line("join with: ").endswith(f"--server {address} --database blackholio")
    assert f"TCP port {port}" in program.line("They cannot get in?")
    program.line("Ctrl-C")
    ann = start("play", "--server", address, "--headless", "--name", "Ann")
    guest(address, "Bo")
    ticks = 0.0
    while ticks == 0.0:  # those in which no circle moved are not counted
        line = program.line("", containing="2 players (Ann, Bo), ")
        # Who has eaten the other is one, who has split more.
        said = re.fullmatch(r".*\), (\d+) circles?, ([0-9.]+) ticks/s", line)
        assert said is not None, line
        circles, ticks = int(said[1]), float(said[2])
        assert circles > 0 or ticks == 0.0
    ann.process.kill()
    program.line("", containing="1 player (Bo)")
    assert program.process.poll() is None


def test_a_host_lists_players_removes_one_and_ends_by_what_is_typed(
    start: Start, guest: Guest, tmp_path: Path
) -> None:
    program = start("host", "--listen", "127.0.0.1:0", "--seed", "1")
    address = program.line("hosting blackholio on ").rpartition(" ")[2]
    token_file = tmp_path / "config" / "host" / "blackholio.owner-token"
    program.line("Ctrl-C")
    owner = _owner_of(address, token_file)
    assert token_file.stat().st_mode & 0o777 == 0o600
    report = tmp_path / "ann.json"
    ann = start("play", "--server", address, "--headless", "--name", "Ann", "--report", str(report))
    guest(address, "Bo")
    program.line("", containing="2 players (Ann, Bo)")
    program.type("players")
    assert "mass" in program.line("#1 ")
    assert "mass" in program.line("#2 ")
    program.type("remove Ann for 10 min")
    assert "for 10 min" in program.line("Ann was removed")
    # A connection that is lost; the report is written all the same.
    assert ann.end() == 3
    assert "the host has removed you from this world for 10 minutes" in ann.errors[-1]
    assert report.exists()
    again = start("play", "--server", address, "--headless", "--name", "Ann")
    assert again.end() != 0
    assert "the host has removed you" in again.errors[-1]
    program.type("removed")
    left = re.search(r" for (\d+) min yet", program.line("#1 "))
    assert left is not None
    assert 1 <= int(left[1]) <= 10  # a busy machine takes a minute of them
    program.type("allow Ann")
    program.line("Ann may come in")
    back = start("play", "--server", address, "--headless", "--name", "Ann")
    program.line("", containing="2 players (Ann, Bo)")
    program.type("quit")
    assert program.end() == 0, program.errors
    assert back.end() == 3
    # Who hosts is the owner again.
    again = start("host", "--listen", "127.0.0.1:0", "--seed", "1")
    address = again.line("hosting blackholio on ").rpartition(" ")[2]
    again.line("Ctrl-C")
    assert _owner_of(address, token_file) == owner


def _owner_of(address: str, token_file: Path) -> Identity:
    """Whose token is kept, which must be the owner's."""
    server = HttpClient(f"http://{address}", token_file.read_text())
    owner = server.identity_of("blackholio")
    assert server.database("blackholio").owner_identity == owner
    return owner


def test_a_host_for_this_machine_alone_says_how_to_open_it(start: Start) -> None:
    program = start("host", "--listen", "127.0.0.1:0")
    assert "--listen 0.0.0.0" in program.line("only this machine")


def test_a_host_passes_on_what_players_may_make_the_server_hold(start: Start) -> None:
    program = start("host", "--listen", "127.0.0.1:0", "--limit", "connections=500")
    program.line("hosting blackholio on ")
    refused = start("host", "--listen", "127.0.0.1:0", "--limit", "players=5")
    assert refused.end() != 0
