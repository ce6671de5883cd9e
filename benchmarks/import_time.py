"""What `import spacetimedb_sdk` costs beyond `import websocket`, which it needs in any case.

    python -m benchmarks.import_time [--runs N]

Prints medians in milliseconds, each import in a process of its own, both in turn.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median

__all__ = ["import_milliseconds", "main"]

_TIMED = (
    "from time import perf_counter; start = perf_counter(); import {}; print((perf_counter() - start) * 1000)"
)


def import_milliseconds(modules: str) -> float:
    """How long a new process takes to import `modules` (as written after `import`)."""
    program = _TIMED.format(modules)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description="Import time of the SDK beyond websocket-client's.")
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    pairs = [
        (import_milliseconds("websocket"), import_milliseconds("websocket, spacetimedb_sdk"))
        for _ in range(runs)
    ]
    alone, both = (median(times) for times in zip(*pairs, strict=True))
    print(f"websocket {alone:.1f} ms, spacetimedb_sdk {both - alone:.1f} ms more (at most 15)")


if __name__ == "__main__":
    main()
