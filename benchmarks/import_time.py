"""What starting costs: the CPU of importing the clients beyond websocket-client's, of a first connection's codecs, of `--help`.

    python -m benchmarks.import_time [--runs N]

Prints medians in milliseconds, each in a process of its own, all of them in turn, with the sources compiled before. `websocket`
stands beside them for the machine: on the one the goals were set on it takes 43, and where it takes longer they are longer in
proportion. Ends with 1 where a goal is missed and the machine was calm.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.machine import Machine

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
_WEBSOCKET_THERE = 43.0
_SPENT = "from time import process_time; began = process_time(); {}; print((process_time() - began) * 1000)"
_FRAME = "from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient"
_BOTH = f"{_FRAME}; from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient"
_HELP = (
    "import contextlib, io; from spacetimedb_sdk.cli import main\n"
    "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
)
# A greeting, a subscription and its rows over v1, the row's own codec included.
_CODECS = (
    "from spacetimedb_sdk.client.core import ClientCore\n"
    "from spacetimedb_sdk.client.options import ConnectOptions, make_codecs; import benchmarks.peers.rows_bindings as rows\n"
    "from time import process_time\n"
    "began = process_time()\n"
    "core = ClientCore(rows.MODULE)\n"
    "codecs = make_codecs(core.bindings, core.cache, ConnectOptions())\n"
    "codec = codecs['v1.bsatn.spacetimedb']\n"
    "codec.subscribe(['SELECT * FROM flat'], 1, 1)\n"
    "from spacetimedb_sdk.protocol.messages import v1\n"
    "update = v1.TableUpdate(1, 'flat', 1, [v1.Uncompressed(v1.QueryUpdate(v1.RowList(v1.FixedSize(16), b''), "
    "v1.RowList(v1.FixedSize(16), bytes(16))))])\n"
    "from spacetimedb_sdk.types import TimeDuration\n"
    "message = v1.InitialSubscription(v1.DatabaseUpdate([update]), 1, TimeDuration(0))\n"
    "encoded = v1.SERVER_MESSAGE.encode(message)\n"
    "assert codec.decode(b'\\0' + encoded)\n"
    "print((process_time() - began) * 1000)\n"
)


@dataclass(frozen=True, slots=True)
class Start:
    """One line: `program` prints its milliseconds; what `beyond` takes is taken off."""

    title: str
    program: str
    goal: float
    beyond: str = "import websocket"


STARTS = (
    Start("import spacetimedb_sdk", _SPENT.format("import websocket, spacetimedb_sdk"), 15),
    Start("the frame client", _SPENT.format(f"import websocket; {_FRAME}"), 40),
    Start("both clients", _SPENT.format(f"import websocket; {_BOTH}"), 75),
    Start("a first connection's codecs", _CODECS, 40, ""),
    Start(
        "python -m spacetimedb_sdk --help",
        f"{_HELP}\nfrom time import process_time; print(process_time() * 1000)",
        120,
        "",
    ),
)


def milliseconds(program: str, compiled: str) -> float:
    """What a new process that runs `program` prints; what Python compiles is kept below the folder `compiled`."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"PYTHONPYCACHEPREFIX": compiled},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def measured(runs: int) -> dict[str, list[float]]:
    """The milliseconds of each run, by title; those of websocket-client alone by `websocket`."""
    programs = {"websocket": _SPENT.format("import websocket")}
    programs |= {start.title: start.program for start in STARTS}
    with tempfile.TemporaryDirectory() as compiled:
        for program in programs.values():
            milliseconds(program, compiled)  # this one compiles what the others find
        turns = [
            {title: milliseconds(program, compiled) for title, program in programs.items()}
            for _ in range(runs)
        ]
    return {title: [turn[title] for turn in turns] for title in programs}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    machine = Machine()
    taken = measured(runs)
    base = median(taken["websocket"])
    print(f"{'import websocket':36}{base:8.1f} ms")
    slower = max(base / _WEBSOCKET_THERE, 1.0)
    missed = False
    for start in STARTS:
        spent = median(taken[start.title]) - (base if start.beyond else 0.0)
        goal = start.goal * slower
        is_missed = spent > goal
        missed |= is_missed
        print(f"{start.title:36}{spent:8.1f} ms (goal <= {goal:.0f}{', MISSED' if is_missed else ''})")
    is_calm, meanwhile = machine.verdict()
    print(meanwhile)
    return int(missed and is_calm)


if __name__ == "__main__":
    raise SystemExit(main())
