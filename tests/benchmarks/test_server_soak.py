"""Twenty million row updates leave the server as large, and its timers as punctual, as they found it."""

from __future__ import annotations

import re
from statistics import median
from urllib.request import urlopen

import pytest

from benchmarks.server import Target, serving

ROW_UPDATES = 20_000_000
MEGABYTE = 1_000_000


def changed_rows(target: Target) -> int:
    with urlopen(f"{target.url}/v1/metrics", timeout=10) as answer:
        text = answer.read().decode()
    (found,) = re.findall(r"^spacetimedb_changed_rows_total\{.*\} (\d+)", text, flags=re.MULTILINE)
    return int(found)


@pytest.mark.soak
def test_memory_does_not_grow_with_the_rows_that_pass() -> None:
    sizes = []
    with serving("tests.conformance.conformance_module") as target:
        for _ in range(3):
            target.load("fan-out", count=20, seconds=5)  # what the beginning needs stays
        begun = changed_rows(target)
        while changed_rows(target) - begun < ROW_UPDATES:
            target.load("fan-out", count=20, seconds=4)
            sizes.append(target.resident_bytes())
    # Clients come and go with every round: single figures swing by a megabyte or two.
    assert len(sizes) >= 6
    third = len(sizes) // 3
    assert median(sizes[-third:]) - median(sizes[:third]) < MEGABYTE, sizes


@pytest.mark.soak
def test_ticks_do_not_get_later() -> None:
    with serving("game.rules", "--seed", "1") as target:
        late = [target.load("crowd", count=100, seconds=20)["late_p99"] for _ in range(4)]
    assert late[-1] <= max(late[0], 10.0), late
