"""Ten minutes with thirty bots: no exception, no memory that grows, and frames that take as long at the end as before."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Start

SECONDS = 600
# Pictures of circles in every size and colour that the game keeps are all there by then.
WARM = 240
MEGABYTE = 1_000_000


def _children(pid: int) -> list[int]:
    found = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False
    )
    return [int(word) for word in found.stdout.split()]


def _resident(pid: int) -> int:
    """Bytes of memory of a process that runs."""
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes) * 1024


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """With a malloc that gives back what it is given back: what is measured is what the programs hold."""
    return {**environment, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "131072"}


@pytest.mark.soak
def test_nothing_grows_and_nothing_slows_down(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    words = ("play", "--headless", "--bots", "30", "--seconds", str(SECONDS), "--seed", "1")
    program = start(*words, "--report", str(path))
    began = time.monotonic()
    pid = program.process.pid
    sizes: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    while program.process.poll() is None and time.monotonic() - began < SECONDS - 2:
        for each in (pid, *_children(pid)):
            sizes[each].append((time.monotonic() - began, _resident(each)))
        time.sleep(1.0)
    assert program.end() == 0, program.errors
    assert program.errors == []
    report: dict[str, Any] = json.loads(path.read_text())
    assert report["reducer_errors"] == 0
    assert [bot["error"] for bot in report["bots"]] == [None] * 30
    assert len(sizes) == 3, "the game, its server, its bots"
    for found in sizes.values():
        warm = [size for at, size in found if WARM <= at < WARM + 60]
        last = [size for at, size in found if at >= SECONDS - 60]
        kilobytes = [size // 1000 for _, size in found[::20]]
        assert median(last) - median(warm) < MEGABYTE, f"every 20 s: {' '.join(map(str, kilobytes))}"
    # The median of a minute: what else the machine does shows in single frames, not in most of them.
    minutes = [p50 for p50, _ in report["frame_ms_by_minute"]]
    assert len(minutes) >= 9
    assert median(minutes[-3:]) <= 1.25 * median(minutes[1:4]), minutes
