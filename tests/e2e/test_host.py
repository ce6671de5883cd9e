"""Hosting from a terminal: what it tells, and that it outlives its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import Start


def test_a_host_tells_addresses_players_and_ticks_and_survives_its_clients(start: Start) -> None:
    program = start("host", "--listen", "0.0.0.0:0", "--seed", "1")
    address = program.line("hosting blackholio on ").rpartition(" ")[2]
    port = address.rpartition(":")[2]
    assert program.line("join with: ").endswith(f"--server {address} --database blackholio")
    assert f"TCP port {port}" in program.line("They cannot get in?")
    program.line("Ctrl-C")
    ann = start("play", "--server", address, "--headless", "--seconds", "60", "--name", "Ann")
    bo = start("play", "--server", address, "--headless", "--seconds", "60", "--name", "Bo")
    line = program.line("", containing="2 players (Ann, Bo), 2 circles, ")
    ticks = float(line.rpartition(", ")[2].split()[0])
    assert ticks > 0.0  # those in which no circle moved are not counted
    ann.process.kill()
    bo.process.kill()
    program.line("", containing="0 players")
    assert program.process.poll() is None


def test_a_host_for_this_machine_alone_says_how_to_open_it(start: Start) -> None:
    program = start("host", "--listen", "127.0.0.1:0")
    assert "--listen 0.0.0.0" in program.line("only this machine")


def test_a_host_passes_on_what_players_may_make_the_server_hold(start: Start) -> None:
    program = start("host", "--listen", "127.0.0.1:0", "--limit", "connections=500")
    program.line("hosting blackholio on ")
    refused = start("host", "--listen", "127.0.0.1:0", "--limit", "players=5")
    refused.process.wait(60)
    assert refused.process.returncode != 0
