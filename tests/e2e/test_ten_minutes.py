"""Ten minutes with thirty bots: no exception, no memory that grows, and frames that are as much work at the end as before."""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from spacetimedb_sdk.http import HttpClient
from tests.plugins.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.e2e.conftest import Program, Start

SECONDS = 600
# By then the game has shown everything that it shows, and keeps as many pictures as it ever does.
WARM = 240
# Seconds at which the player dies, so that this has been shown, too.
DEATHS = (30, 80, 130, 180)
MEGABYTE = 1_000_000


def _resident(program: Program) -> int:
    """Bytes of memory of a process that runs."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) * 1024


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """With a malloc that gives back what it is given back: what is measured is what the programs hold."""
    (
        Path(environment["BLACKHOLIO_CONFIG_DIR"]) / "settings.json"
    ).unlink()  # with all the frames that a player has
    return {**environment, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "131072"}


@pytest.mark.soak
def test_nothing_grows_and_nothing_slows_down(start: Start, tmp_path: Path) -> None:
    host = start("host", "--listen", "127.0.0.1:0", "--seed", "1")
    address = host.line("hosting blackholio on ").rpartition(" ")[2]
    to_server = ("--server", address, "--seconds", str(SECONDS), "--seed", "1")
    bots = start("bots", *to_server, "--count", "30", "--report", str(tmp_path / "bots.json"))
    game = start("play", *to_server, "--headless", "--report", str(tmp_path / "game.json"))
    sizes = _watched(
        {"the server": host, "the bots": bots, "the game": game}, lambda: _die(tmp_path, address)
    )
    for program in (game, bots):
        assert program.end() == 0, program.errors
        assert program.errors == []
    report: dict[str, Any] = json.loads((tmp_path / "game.json").read_text())
    assert report["reducer_errors"] == 0
    assert report["deaths"] >= len(DEATHS)
    found = json.loads((tmp_path / "bots.json").read_text())["bots"]
    assert [bot["error"] for bot in found] == [None] * 30
    for name, samples in sizes.items():
        kilobytes = " ".join(str(size // 1000) for _, size in samples[::20])
        assert _growth(samples) < MEGABYTE, f"{name}, every 20 s: {kilobytes}"
    # Processor time, and the median of a minute: whatever else the machine does does not show.
    minutes = [p50 for p50, _ in report["frame_cpu_ms_by_minute"]]
    assert len(minutes) >= 9
    assert median(minutes[-3:]) <= 1.25 * median(minutes[1:4]), minutes


def _growth(samples: list[tuple[float, int]]) -> float:
    """By how many bytes it grows from WARM to the end, by the minute in the middle: what leaks does so in each of them, while
    dictionaries grow at once, in all of thirty caches, when there are more rows than ever before (683 for 682 are 1 MB a table)."""
    minutes = [
        median(size for at, size in samples if start <= at < start + 60)
        for start in range(WARM, SECONDS - 59, 60)
    ]
    return median(after - before for before, after in pairwise(minutes)) * (len(minutes) - 1)


def test_a_leak_is_seen_and_a_step_is_none() -> None:
    leak = [(float(at), 40_000_000 + 4_000 * at) for at in range(SECONDS - 3)]
    step = [(float(at), 40_000_000 + (7_000_000 if at > 420 else 0)) for at in range(SECONDS - 3)]
    assert _growth(leak) > MEGABYTE
    assert _growth(step) == 0


def _watched(
    programs: dict[str, Program], die: Callable[[], None]
) -> defaultdict[str, list[tuple[float, int]]]:
    """The memory of each, in bytes, by the second; meanwhile the player dies now and then."""
    sizes: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    deaths = list(DEATHS)
    began = time.monotonic()
    while (at := time.monotonic() - began) < SECONDS - 3:
        for name, program in programs.items():
            assert program.process.poll() is None, f"{name} ended early: {program.errors}"
            sizes[name].append((at, _resident(program)))
        if deaths and at >= deaths[0]:
            del deaths[0]
            die()
        time.sleep(1.0)
    return sizes


def _die(folder: Path, address: str) -> None:
    """What the key for it does."""
    tokens = json.loads((folder / "config" / "profiles" / "default" / "tokens.json").read_text())
    HttpClient(f"http://{address}", tokens[f"{address}/blackholio"], timeout=PATIENCE).call(
        "blackholio", "suicide"
    )
