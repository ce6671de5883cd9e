"""Twenty million row updates leave the server as large, and a crowd that comes and goes its calls as cheap, as they found it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from statistics import median
from urllib.request import urlopen

import pytest

from benchmarks.server import Target, serving
from tests.plugins.waiting import PATIENCE

ROW_UPDATES = 20_000_000
MEGABYTE = 1_000_000


def counted(target: Target, what: str) -> int:
    with urlopen(f"{target.url}/v1/metrics", timeout=PATIENCE) as answer:
        text = answer.read().decode()
    (found,) = re.findall(rf"^spacetimedb_{what}_total\{{.*\}} (\d+)", text, flags=re.MULTILINE)
    return int(found)


def processor_seconds(target: Target) -> float:
    fields = Path(f"/proc/{target.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.soak
def test_memory_does_not_grow_with_the_rows_that_pass() -> None:
    sizes = []
    with serving("tests.conformance.conformance_module") as target:
        for _ in range(3):
            target.load("fan-out", count=20, seconds=5)  # what the beginning needs stays
        begun = counted(target, "changed_rows")
        while counted(target, "changed_rows") - begun < ROW_UPDATES:
            target.load("fan-out", count=20, seconds=4)
            sizes.append(target.resident_bytes())
    # Clients come and go with every round: single figures swing by a megabyte or two.
    assert len(sizes) >= 6
    third = len(sizes) // 3
    assert median(sizes[-third:]) - median(sizes[:third]) < MEGABYTE, sizes


@pytest.mark.soak
def test_calls_do_not_get_dearer() -> None:
    """A crowd of a hundred comes, plays and goes, again and again: the ticks and calls of the last one are no more work. How
    late a tick is depends on what else the machine does; the processor's time does not."""
    costs = []
    with serving("game.rules", "--seed", "1") as target:
        for _ in range(4):
            calls, seconds = counted(target, "calls"), processor_seconds(target)
            target.load("crowd", count=100, seconds=20)
            costs.append((processor_seconds(target) - seconds) / (counted(target, "calls") - calls) * 1e6)
    assert costs[-1] <= 1.25 * costs[0], costs
