"""The embedded server under load, beside a real SpacetimeDB where one is running.

    python -m benchmarks.server [--real http://127.0.0.1:3000] [--seconds S] [CASE ...]

The server is a process of its own, the raw clients that load it another; both have the conformance module, the crowd the
rules of Blackholio. A real one with that module is started by `make real-server`. Figures depend on what else the machine
does: the two processes want a core each. Ends with 1 where a goal is missed and the machine was calm.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.machine import Machine
from benchmarks.world_tick import measure as measure_tick

__all__ = ["Target", "main", "measure_commits", "serving"]

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 900.0
_MEMORY_ROWS = 100_000
# Milliseconds of a crowd's tick: one that comes later is seen.
_LATE_GOAL = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server with a database; `pid` where it is a child of ours."""

    url: str
    database: str
    pid: int | None = None

    def load(self, what: str, **options: float) -> dict[str, float]:
        """Runs the raw clients in a process of their own; what they print."""
        command = [sys.executable, "-m", "benchmarks.peers.load", what, self.url, self.database]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        done = subprocess.run(
            command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE
        )
        found: dict[str, float] = json.loads(done.stdout)
        return found

    def resident_bytes(self) -> int:
        """Memory of the server's process."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
        return int(kilobytes) * 1024


@contextlib.contextmanager
def serving(module: str, *options: str) -> Iterator[Target]:
    """The embedded server with a Python module, on a free port."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "spacetimedb_sdk", "start", "--module", module, "--parent"]
        with subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", "--data-dir", folder, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            _, url, database = process.stdout.readline().split()
            yield Target(url, database, process.pid)
            process.stdin.close()
            process.wait(PATIENCE)


def measure_commits(*, stored: bool, calls: int = 5_000) -> float:
    """Microseconds of a call that inserts one row, in process, without a socket."""
    from spacetimedb_sdk.module import Identity
    from spacetimedb_sdk.standalone import Database
    from spacetimedb_sdk.standalone.storage.commit_log import Storage
    from tests.conformance.conformance_module import module

    sender = Identity.from_bytes(bytes(31) + b"\x01")
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(Path(folder) / "one.sqlite") if stored else None
        database = Database(module, clock=lambda: 0, storage=storage)
        began = perf_counter()
        for number in range(calls):
            database.call("write_note", f"note {number}", sender=sender)
        spent = perf_counter() - began
        if storage is not None:
            storage.close()
    return spent / calls * 1e6


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table: measured on a target, ours and, where `real`, the real one; `goal` is the most ours may be."""

    title: str
    unit: str
    measure: Callable[[Target, float], float]
    real: bool = True
    options: tuple[str, ...] = ("--in-memory",)
    goal: float | None = None


def _calls(connections: int, what: str = "calls") -> Callable[[Target, float], float]:
    return lambda target, seconds: target.load(what, count=connections, seconds=seconds)["calls"]


def _fan_out(subscribers: int) -> Callable[[Target, float], float]:
    return lambda target, seconds: target.load("fan-out", count=subscribers, seconds=seconds)["rows"]


def _latency(target: Target, seconds: float) -> float:
    """At half of what the target can do."""
    rate = target.load("calls", count=1, seconds=seconds / 2)["calls"] / 2
    return target.load("latency", rate=rate, seconds=seconds)["p99"]


def _memory(target: Target, seconds: float) -> float:
    before = target.resident_bytes()
    target.load("fill", count=_MEMORY_ROWS)
    return (target.resident_bytes() - before) / 1e6


CASES = {
    "calls-1": Case("reducer calls, one connection", "calls/s", _calls(1)),
    "calls-50": Case("reducer calls, 50 connections", "calls/s", _calls(50)),
    "writes": Case("calls that insert a row, in memory", "calls/s", _calls(1, "writes")),
    "stored": Case("the same, kept on disk", "calls/s", _calls(1, "writes"), options=()),
    "synced": Case("the same, --sync full", "calls/s", _calls(1, "writes"), False, ("--sync", "full")),
    "fan-out-1": Case("fan-out, one subscriber", "rows/s", _fan_out(1)),
    "fan-out-50": Case("fan-out, 50 subscribers", "rows/s", _fan_out(50)),
    "fan-out-200": Case("fan-out, 200 subscribers", "rows/s", _fan_out(200)),
    "latency": Case("call to answer at half load, p99", "us", _latency),
    "memory": Case(f"memory for {_MEMORY_ROWS:,} items", "MB", _memory, False, goal=60.0),
}
CROWDS = (100, 200)
EXTRA = ("commits", *(f"crowd-{players}" for players in CROWDS), "tick")


def _line(
    title: str, unit: str, ours: float, real: float | None = None, *, goal: float | None = None
) -> bool:
    """Print a line; whether its goal is held."""
    is_held = goal is None or ours <= goal
    ratio = "" if real is None else f"{real:14,.0f} {ours / real:8.2f}"
    wanted = "" if goal is None else f"  (goal <= {goal:g}{'' if is_held else ', MISSED'})"
    print(f"{title:36} {unit:8} {ours:14,.1f} {ratio}{wanted}", flush=True)
    return is_held


def crowd(players: int, seconds: float) -> bool:
    """Players of Blackholio at 20 Hz: calls answered, and how late the tick was; whether its goal is held."""
    with serving("game.rules", "--seed", "1") as target:
        found = target.load("crowd", count=players, seconds=seconds)
    who = f"{players} players at 20 Hz"
    _line(f"{who}: answered", "calls/s", found["calls"])
    _line(f"{who}: answered", "% calls", found["share"] * 100)
    _line(f"{who}: tick late, p50", "ms", found["late_p50"])
    return _line(f"{who}: tick late, p99", "ms", found["late_p99"], goal=_LATE_GOAL)


def answered_by(url: str) -> str:
    """What kind of server that is, by what it says of itself: none names its version, but only 2.x has schema version 10."""
    path = f"{url.rstrip('/')}/v1/database/conformance/schema?version="
    for version, kind in (("10", "2.x"), ("9", "1.x")):
        with (
            contextlib.suppress(urllib.error.HTTPError),
            urllib.request.urlopen(f"{path}{version}") as answer,
        ):
            return f"embedded {kind}" if "aiohttp" in (answer.headers["Server"] or "") else f"real {kind}"
    return "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join((*CASES, *EXTRA))}")
    parser.add_argument("--real", metavar="URL", help="a real SpacetimeDB with the conformance module")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement (%(default)s)")
    options = parser.parse_args()
    wanted = options.cases or [*CASES, *EXTRA]
    unknown = set(wanted) - {*CASES, *EXTRA}
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    real = Target(options.real, "conformance") if options.real else None
    machine = Machine()
    held = []
    if options.real:
        print(f"{'':36} {'':8} {'embedded':>14} {answered_by(options.real):>14} {'ratio':>8}")
    for name in wanted:
        case = CASES.get(name)
        if case is None:
            continue
        with serving("tests.conformance.conformance_module", *case.options) as target:
            ours = case.measure(target, options.seconds)
        theirs = case.measure(real, options.seconds) if real is not None and case.real else None
        held.append(_line(case.title, case.unit, ours, theirs, goal=case.goal))
    if "commits" in wanted:
        _line("a commit in process, in memory", "us", measure_commits(stored=False))
        _line("a commit in process, kept on disk", "us", measure_commits(stored=True))
    for players in CROWDS:
        if f"crowd-{players}" in wanted:
            held.append(crowd(players, options.seconds))
    if "tick" in wanted:
        times = measure_tick(ticks=200)
        _line("a tick of 100 players, p99", "ms", times.whole[int(len(times.whole) * 0.99)])
    is_calm, meanwhile = machine.verdict()
    print(meanwhile)
    return int(is_calm and not all(held))


if __name__ == "__main__":
    raise SystemExit(main())
