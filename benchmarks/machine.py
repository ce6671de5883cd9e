"""How much else the machine did while something was measured: figures of a busy one say little."""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["CALM", "Machine"]

# Cores' worth of other work, on average, up to which a machine is calm.
CALM = 0.1


class Machine:
    """Counts from when it is made what this process and its children do, and what everything else does."""

    def __init__(self) -> None:
        self._began, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()

    def others(self) -> float | None:
        """Cores that others kept busy on average; None where the system does not say."""
        busy, spent = _busy_seconds(), time.monotonic() - self._began
        if busy is None or self._busy is None or spent <= 0:
            return None
        return max((busy - self._busy) - (_own_seconds() - self._own), 0.0) / spent

    def verdict(self, pace: float = 1.0) -> tuple[bool, str]:
        """Whether it was calm, and a sentence with the figure; also that of its `pace` (see `benchmarks.sdk.pace`), where it is slower."""
        is_calm, said = self._calm()
        if pace > 1:
            said = f"bare Python takes {pace:.2f} times as long here as where the goals were set; {said}"
        return is_calm, said

    def _calm(self) -> tuple[bool, str]:
        others = self.others()
        if others is None:
            return False, "this system does not say what else it did: a goal that is missed is no failure"
        is_calm = others <= CALM
        said = f"others kept {others:.2f} of {os.cpu_count()} cores busy meanwhile"
        return is_calm, said if is_calm else f"{said}: measure again on a calm machine, at most {CALM:g}"


def _busy_seconds() -> float | None:
    """What all cores have worked since the start, waiting left out."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0].split()
    except OSError:
        return None
    user, nice, system, _idle, _iowait, *interrupts = (int(ticks) for ticks in first[1:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
