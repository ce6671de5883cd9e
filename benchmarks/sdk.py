"""The SDK against bare Python, the official Rust client, the npm package `spacetimedb` and `spacetimedb-sdk` 0.7.0.

    python benchmarks/sdk.py [--runs N] [--against PEER ...] [CASE ...] [--page FILE]

Each figure is the median of fresh processes, the clients of a case in turn. All get the same rows, each in its own
wire format, by a source that cuts messages into fragments of 4,096 bytes. The other packages are installed on first use
into `benchmarks/.peers`, which git ignores (the Rust client is built there, which takes minutes); what cannot be had is left
out, and said. `ours` is plain Python, `accelerated` the same with its compiled part, where `make accelerator` has installed it.
Ends with 1 where a goal is missed and the machine was calm: what else it did is measured, and said. Goals in microseconds and
milliseconds are those of one machine; on a slower one they are longer in proportion, by what bare Python needs there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import Machine
from benchmarks.page import write_page
from spacetimedb_sdk.sats.bsatn import accelerated

__all__ = ["main", "pace"]

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = ROOT / "benchmarks" / ".peers"
NPM_PACKAGES = ("spacetimedb@2.10.1", "undici@^6.19.2")
OLD_PACKAGE = "spacetimedb-sdk==0.7.0"
RUST_CRATE = ROOT / "benchmarks" / "peers" / "rust"
RUST_TARGET = INSTALLED / "rust"
PATIENCE = 120.0
# On the machine that the limits were set on bare Python had 100,000 rows of four numbers after 54 ms.
ROWS_A_SECOND_THERE = 100_000 / 0.054
# What a frame of 9 ms takes on any machine: its own work, and the budget it gives the client.
FRAME_MS = 13.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `goals` are ratios to a peer, better than which ours has to be; `limit` is what ours may take on
    the machine it was set on, of which `fixed` is the same on any."""

    title: str
    unit: str
    measure: str
    case: str
    higher_is_better: bool = False
    clients: tuple[str, ...] = ("ours", "accelerated", "floor", "rust", "npm", "0.7.0")
    goals: dict[str, float] = field(default_factory=dict)
    limit: float | None = None
    fixed: float = 0.0
    peer_measure: str | None = None


# Where reading rows is next to nothing of it.
_NO_ROWS = ("ours", "floor", "rust", "npm", "0.7.0")

LINES = (
    Line("initial rows, four numbers", "rows/s", "rows", "rows_flat", True, goals={"npm": 2, "0.7.0": 5}),
    Line("initial rows, entity", "rows/s", "rows", "rows_entity", True, goals={"npm": 2, "0.7.0": 5}),
    Line(
        "row updates, four numbers",
        "rows/s",
        "updates",
        "updates_flat",
        True,
        goals={"floor": 1 / 1.35, "npm": 1.3, "0.7.0": 4},
    ),
    Line(
        "row updates, entity",
        "rows/s",
        "updates",
        "updates_entity",
        True,
        goals={"floor": 1 / 1.35, "npm": 1.25, "0.7.0": 4},
    ),
    Line(
        "transaction of one row", "us", "single", "single", clients=("ours", "accelerated", "floor"), limit=14
    ),
    Line("reducer call encoded", "us", "encode", "encode", clients=_NO_ROWS, goals={"npm": 0.6}),
    Line("call to callback, basic", "us", "call", "call", clients=_NO_ROWS, goals={"npm": 1.0}),
    Line(
        "call to callback, async",
        "us",
        "async",
        "call",
        clients=("ours", "floor", "npm"),
        goals={"npm": 1.3},
        peer_measure="call",
    ),
    # What memory costs is another thing on each machine: beside bare Python, which makes a copy less, and the Rust client.
    Line(
        "one message of 32 MiB",
        "ms",
        "big",
        "big",
        clients=("ours", "floor", "rust", "npm"),
        goals={"floor": 1.2, "rust": 1.0},
    ),
    Line(
        "memory a row, four numbers",
        "bytes",
        "memory",
        "memory_flat",
        clients=("ours", "floor"),
        goals={"floor": 1.1},
    ),
    Line(
        "memory a row, entity",
        "bytes",
        "memory",
        "memory_entity",
        clients=("ours", "floor"),
        goals={"floor": 1.1},
    ),
    Line(
        "memory a row, no key",
        "bytes",
        "memory",
        "memory_mark",
        clients=("ours", "floor"),
        goals={"floor": 1.7},
    ),
    Line("filter_by, 10 of 1,000 rows", "us", "filter", "filter_1000", clients=("ours",), limit=4),
    Line("filter_by, 10 of 100,000 rows", "us", "filter", "filter_100000", clients=("ours",), limit=4),
    Line(
        "frame of 9 ms, one message, p99",
        "ms",
        "frame",
        "frame_one",
        clients=("ours",),
        limit=16.6,
        fixed=FRAME_MS,
    ),
    Line(
        "frame of 9 ms, 500 messages, p99",
        "ms",
        "frame",
        "frame_many",
        clients=("ours",),
        limit=16.6,
        fixed=FRAME_MS,
    ),
)


def python_client(module: str, measure: str) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.peers.{module}", measure]


def npm_client(measure: str) -> list[str]:
    script = str(ROOT / "benchmarks" / "peers" / "npm.mjs")
    return ["node", script, str(INSTALLED / "npm"), measure]


def rust_client(measure: str) -> list[str]:
    return [str(RUST_TARGET / "release" / "rows-peer"), measure]


@dataclass(frozen=True, slots=True)
class Client:
    wire: str
    command: Callable[[str], list[str]]
    environment: dict[str, str] = field(default_factory=dict)


CLIENTS = {
    "ours": Client("v1", lambda measure: python_client("ours", measure), {accelerated.VARIABLE: "off"}),
    "accelerated": Client("v1", lambda measure: python_client("ours", measure), {accelerated.VARIABLE: "on"}),
    "floor": Client("v1", lambda measure: python_client("floor", measure)),
    "rust": Client("v2", rust_client),
    "npm": Client("v2", npm_client),
    "0.7.0": Client(
        "text",
        lambda measure: [sys.executable, str(ROOT / "benchmarks" / "peers" / "old" / "client.py"), measure],
        {"PYTHONPATH": str(INSTALLED / "old")},
    ),
}


class Failed(Exception):
    """A client ended without a figure."""


def run(client: Client, measure: str, case: str) -> float:
    """One figure from a fresh process, with a source of its own where the case has one."""
    command = [*client.command(measure), case]
    if case == "encode":
        return figure(client, [*command, "0"])
    source = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.peers.source", client.wire, case],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with source:
        try:
            assert source.stdout is not None
            port = source.stdout.readline().strip()
            if not port:
                raise Failed("the source did not start")
            return figure(client, [*command, port])
        finally:
            source.kill()


def figure(client: Client, command: list[str]) -> float:
    environment = os.environ | client.environment
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"no figure after {PATIENCE:g} s") from None
    lines = done.stdout.split()
    if done.returncode or not lines:
        raise Failed((done.stderr.strip().splitlines() or ["no figure"])[-1])
    return float(lines[-1])


def install_npm() -> str | None:
    """Why the npm package is left out, or None."""
    folder = INSTALLED / "npm"
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    if not (folder / "node_modules" / "undici").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        return quietly(["npm", "install", "--no-audit", "--no-fund", *NPM_PACKAGES], folder)
    return None


def install_rust() -> str | None:
    """Why the Rust client is left out, or None. Cargo builds nothing where nothing has changed."""
    if shutil.which("cargo") is None:
        return "cargo is not installed"
    cargo = ["cargo", "build", "--release", "--quiet", "--target-dir", str(RUST_TARGET)]
    return quietly(cargo, RUST_CRATE)


def install_old() -> str | None:
    """Why 0.7.0 is left out, or None."""
    folder = INSTALLED / "old"
    if (folder / "spacetimedb_sdk").exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    return quietly([*pip, OLD_PACKAGE], folder)


def find_accelerator() -> str | None:
    """Why the accelerator is left out, or None."""
    return None if accelerated.is_used() else "it is not installed (`make accelerator`), or switched off"


INSTALLERS = {"accelerated": find_accelerator, "rust": install_rust, "npm": install_npm, "0.7.0": install_old}


def quietly(command: list[str], folder: Path) -> str | None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or ["it could not be installed"])[-1]


def measured(line: Line, clients: list[str], runs: int) -> dict[str, float]:
    """The median of each client, all of them in turn."""
    figures: dict[str, list[float]] = {name: [] for name in clients}
    for _ in range(runs):
        for name in list(figures):
            measure = line.peer_measure if line.peer_measure and name == "npm" else line.measure
            try:
                figures[name].append(run(CLIENTS[name], measure, line.case))
            except Failed as error:
                print(f"  {line.title}: {name} left out: {error}", file=sys.stderr)
                del figures[name]
    return {name: median(values) for name, values in figures.items() if values}


def pace(runs: int) -> float:
    """How many times as long as there bare Python takes here; 1 on a machine that is quicker."""
    here = median(run(CLIENTS["floor"], "rows", "rows_flat") for _ in range(runs))
    return max(ROWS_A_SECOND_THERE / here, 1.0)


def verdict(line: Line, found: dict[str, float], pace: float) -> str:
    """Ratios to each peer, and the goals that were MISSED on a machine of such a `pace`."""
    ours = found.get("ours")
    if ours is None:
        return ""
    said = []
    for name, value in found.items():
        if name == "ours" or not value:
            continue
        ratio = ours / value
        goal = line.goals.get(name)
        missed = goal is not None and (ratio < goal if line.higher_is_better else ratio > goal)
        wanted = (
            f" (goal {'>=' if line.higher_is_better else '<='} {goal:.3g}{', MISSED' if missed else ''})"
            if goal
            else ""
        )
        said.append(f"{ratio:.2f}x {name}{wanted}")
    if line.limit is not None:
        limit = line.fixed + (line.limit - line.fixed) * pace
        said.append(f"goal <= {limit:.3g}{', MISSED' if ours > limit else ''}")
    return ", ".join(said)


def shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def titles() -> list[str]:
    return [line.title for line in LINES]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help="only lines whose title holds one of these words"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--against", nargs="*", default=[name for name in CLIENTS if name != "ours"], metavar="PEER"
    )
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="write the table into this page, with its plot"
    )
    options = parser.parse_args()
    # `--against npm updates`: what is no peer is a case.
    cases = [*options.cases, *(word for word in options.against if word not in CLIENTS)]
    for word in cases:
        if not any(word in line.title for line in LINES):
            parser.error(f"there is no peer and no case {word}: {', '.join(CLIENTS)}; {', '.join(titles())}")
    machine = Machine()
    peers = ["ours"]
    for name in dict.fromkeys(word for word in options.against if word in CLIENTS and word != "ours"):
        why = INSTALLERS[name]() if name in INSTALLERS else None
        if why is None:
            peers.append(name)
        else:
            print(f"left out: {name}: {why}")
    print(f"{'':34}{'unit':>8}" + "".join(f"{name:>12}" for name in CLIENTS) + "  ours to the others")
    table: list[tuple[Line, dict[str, float], str]] = []
    chosen = [line for line in LINES if not cases or any(word in line.title for word in cases)]
    slower = pace(options.runs) if any(line.limit is not None for line in chosen) else 1.0
    for line in chosen:
        clients = [name for name in line.clients if name in peers]
        found = measured(line, clients, options.runs)
        figures = "".join(f"{shown(found.get(name)):>12}" for name in CLIENTS)
        said = verdict(line, found, slower)
        print(f"{line.title:34}{line.unit:>8}{figures}  {said}", flush=True)
        table.append((line, found, said))
    is_calm, meanwhile = machine.verdict(slower)
    print(meanwhile)
    if options.page is not None:
        write_page(options.page, [(line.title, line.unit, found) for line, found, _ in table], meanwhile)
    return int(is_calm and any("MISSED" in said for _, _, said in table))


if __name__ == "__main__":
    raise SystemExit(main())
