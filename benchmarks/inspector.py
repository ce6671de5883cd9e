"""The inspector on a world with bots: what the page shows a second, its longest frame, and what it costs the server's ticks.

    python -m benchmarks.inspector --bots 100 --seconds 20

Periods with and without the page follow each other in turns. A frame of the page that takes longer than 50 ms is a long task of
the browser's own counting. Beside it the processor's time for one round that is drawn, of the inspector (where there is /proc)
and of the page's own thread: unlike the rounds a second it is the same on a machine that has other things to do.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from spacetimedb_sdk.http import HttpClient
from tests.inspector.pages import browser_lacks, chromium, inspector
from tests.places import ROOT

# Seconds for the bots to come; on a machine that is busy otherwise fewer of them play.
_PATIENCE = 60.0
_BUCKET = re.compile(r'spacetimedb_tick_lateness_seconds_bucket\{database="blackholio",le="([^"]+)"\} (\d+)')
_WATCH = """
window.seen = {updates: 0, drawn: 0, long: []};
new PerformanceObserver(list => list.getEntries().forEach(task => window.seen.long.push(Math.round(task.duration))))
  .observe({type: 'longtask'});
window.socket.onAny((name, what) => {
  if (name === 'run_method' && what.name === 'run_chart_method') window.seen.updates++;
  if (name === 'update') window.seen.updates++;
  if (name === 'run_javascript' && what.code.includes('requestAnimationFrame')) window.seen.drawn++;
  if (name === 'run_javascript' && what.code.includes('runMethod')) window.seen.updates++;
});
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bots", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if (lacking := browser_lacks()) is not None:
        sys.exit(f"the page cannot be measured for want of {lacking}")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, token = stack.enter_context(_world(home, options.bots))
        _measure(stack, home, HttpClient(url, token), token, options)


def _measure(stack: ExitStack, home: Path, http: HttpClient, token: str, options: argparse.Namespace) -> None:
    from playwright.sync_api import sync_playwright

    address = stack.enter_context(inspector("blackholio", http.server_url, home, token=token))
    browser = stack.enter_context(sync_playwright()).chromium.launch(
        executable_path=chromium(), args=["--no-sandbox"]
    )
    stack.callback(browser.close)
    lateness: dict[str, dict[float, int]] = {"without the page": {}, "with the page": {}}
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector(".rows tbody tr")
    page.evaluate(_WATCH)
    page_time = _page_time(page)
    for number in range(options.rounds):
        for tab in ("Tables", "Plots"):
            page.get_by_role("tab", name=tab).click()
            time.sleep(2)
            page.evaluate("window.seen.updates = window.seen.drawn = 0; window.seen.long = []")
            spent, busy = _inspector_time(), page_time()
            _add(lateness["with the page"], http, options.seconds / 2, page)
            spent, busy = _inspector_time() - spent, page_time() - busy
            seen: dict[str, Any] = page.evaluate("window.seen")
            longest = max(seen["long"], default=0)
            seconds, rounds = options.seconds / 2, max(seen["drawn"], 1)
            print(
                f"{number + 1} {tab:6}  {seen['drawn'] / seconds:5.1f} rounds drawn a second  {seen['updates'] / seconds:5.1f} updates"
                f"  {len(seen['long'])} long tasks, the longest {longest or 'under 50'} ms"
                f"  a round takes {spent / rounds * 1000:.1f} ms of the inspector, {busy / rounds * 1000:.1f} ms of the page"
            )
        page.get_by_role("tab", name="Calls").click()
        time.sleep(2)
        _add(lateness["without the page"], http, options.seconds, page)
    for what, buckets in lateness.items():
        print(f"{what:17}  ticks later than: {_text(buckets)}")


def _page_time(page: Any) -> Callable[[], float]:
    """What asks how many seconds the page's own thread has worked so far."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def ask() -> float:
        metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        return float(metrics["TaskDuration"])

    return ask


def _inspector_time() -> float:
    """Seconds of the processor that the inspector, a child of this process, has had so far; 0 where there is no /proc."""
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            process = Path("/proc", child)
            if b"\0inspect\0" in (process / "cmdline").read_bytes():
                # The name in parentheses may hold blanks; user and system time are the 14th and 15th field.
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _add(total: dict[float, int], http: HttpClient, seconds: float, page: Any) -> None:
    """How late ticks were in the next `seconds`, by buckets."""
    before = _buckets(http)
    page.wait_for_timeout(seconds * 1000)
    for bound, count in _buckets(http).items():
        total[bound] = total.get(bound, 0) + count - before[bound]


def _buckets(http: HttpClient) -> dict[float, int]:
    return {float(bound): int(count) for bound, count in _BUCKET.findall(http.metrics())}


def _text(buckets: dict[float, int]) -> str:
    count = buckets[float("inf")]
    shares = [
        f"{bound * 1000:g} ms {100 * (1 - below / count):.1f}%"
        for bound, below in buckets.items()
        if below < count
    ]
    return f"{', '.join(shares) or 'none'} of {count}"


def _players(url: str) -> int:
    (answer,) = HttpClient(url).sql("blackholio", "SELECT COUNT(*) AS n FROM player")
    return int(answer["rows"][0][0])


@contextmanager
def _world(home: Path, bots: int) -> Iterator[tuple[str, str]]:
    """A server and bots, each in a process; its address, and the owner's token."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)}
    owner = home / "owner.token"
    start = "-m spacetimedb_sdk start --module game.rules --database blackholio --listen 127.0.0.1:0 --in-memory --parent"
    with subprocess.Popen(
        [sys.executable, *start.split(), "--owner-token", str(owner)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=home,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().split()[1]
        play = [
            str(ROOT / "run_game.py"),
            "bots",
            "--server",
            url.removeprefix("http://"),
            "--count",
            str(bots),
            "--parent",
        ]
        with subprocess.Popen(
            [sys.executable, *play],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment,
            cwd=home,
        ) as swarm:
            assert swarm.stdin is not None
            try:
                deadline = time.monotonic() + _PATIENCE
                while (playing := _players(url)) < bots and time.monotonic() < deadline:
                    time.sleep(2.0)
                print(f"{playing} bots play", flush=True)
                yield url, owner.read_text()
            finally:
                swarm.stdin.close()
                server.stdin.close()


if __name__ == "__main__":
    main()
