"""How long a victim waits while others attack: its longest wait for the answer to an empty call, for each attack.

    python -m benchmarks.hostile [ATTACK ...]

ATTACK is a part of an attack's name (default: all of them). The server has a process of its own, with the machine's other
work beside it (`chrt -r 10` has it and the clients go first): on a calm one no wait is over 100 ms.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from spacetimedb_sdk.http import HttpClient
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.clients import Victim, attacker, served

__all__ = ["main", "measure"]

_CALM_SECONDS = 1.0


def measure(attack: Attack | None) -> tuple[float, float, int]:
    """The victim's longest wait and the attack's whole time, in seconds, and how many answers the victim had; None is no
    attack at all."""
    # Whatever it costs to write what is sent is not the server's.
    frames = attack.frames() if attack else []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (_process, host):
        rows = attack.rows if attack else 1_000
        HttpClient(f"http://{host.host}", host.token).call(host.name, "fill", [rows, 100, "i"])
        hostile = attacker(host)
        with Victim(host) as victim:
            time.sleep(_CALM_SECONDS / 2)
            before, began = len(victim.waits), time.perf_counter()
            if attack is None:
                time.sleep(_CALM_SECONDS)
            else:
                for frame in frames:
                    hostile.send_binary(frame)
                for _ in range(attack.answers):
                    hostile.recv()
            spent = time.perf_counter() - began
            waits = victim.waits[before:]
        hostile.close()
    return max(waits, default=spent), spent, len(waits)


def main(names: list[str]) -> None:
    print(f"{'attack':55} {'longest wait':>14} {'attack':>10} {'answers':>9}")
    for attack in [None, *ATTACKS]:
        name = attack.name if attack else "none"
        if names and not any(part in name for part in names):
            continue
        longest, spent, answers = measure(attack)
        print(f"{name:55} {longest * 1000:11.1f} ms {spent:8.2f} s {answers:9}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
