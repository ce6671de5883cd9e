"""Swarm view: what `run_game.py bots` shows while the bots play: a table that is redrawn on a terminal, lines in a pipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from game.bots.figures import Second
from spacetimedb_sdk.system.plain_text import one_line

__all__ = ["line_of", "table_of", "viewer"]


def line_of(second: Second) -> str:
    """One second in one line."""
    figures = second.to_json()
    latency = "  ".join(
        f"{name} {'-' if figures[key] is None else format(figures[key], '.1f')} ms"
        for name, key in (("p50", "latency_ms_p50"), ("p95", "latency_ms_p95"), ("p99", "latency_ms_p99"))
    )
    return (
        f"{second.number} s  {second.playing} bots  mass {second.mass}  heaviest {figures['heaviest']}  "
        f"{second.calls} calls  {second.answers} answers  {second.errors} failed  {latency}"
    )


def table_of(second: Second) -> list[str]:
    """The lines of the table: the second, then the heaviest bots with a bar each."""
    most = second.leaders[0][1] if second.leaders else 1
    rows = [
        f"{rank:3}  {one_line(name)[:24]:24} {mass:6}  {'#' * max(round(30 * mass / most), 1)}"
        for rank, (name, mass) in enumerate(second.leaders, start=1)
    ]
    return [line_of(second), "", *rows]


def viewer(out: TextIO) -> Callable[[Second], None]:
    """A function that shows each second on `out`."""
    if not out.isatty():

        def write_line(second: Second) -> None:
            out.write(f"{line_of(second)}\n")
            out.flush()

        return write_line
    drawn = 0

    def redraw(second: Second) -> None:
        nonlocal drawn
        lines = table_of(second)
        # Up over the table of before, then every line anew, each cleared to its end; and what was longer, below.
        out.write(
            (f"\x1b[{drawn}A" if drawn else "") + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J"
        )
        out.flush()
        drawn = len(lines)

    return redraw
