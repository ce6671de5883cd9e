"""`run_game.py bots`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from random import Random
from threading import Event
from typing import TYPE_CHECKING

from game.launcher.errors import LauncherError, exit_code, sentence
from game.launcher.files import require_parent_folder, write_report
from game.launcher.invitation import where_it_is
from game.launcher.own_program import terminating_signals
from spacetimedb_sdk.system.parent import follow_parent

if TYPE_CHECKING:
    from game.bots.figures import Second
    from game.bots.swarm import SwarmResult, SwarmSettings

__all__ = ["bots"]


def bots(options: argparse.Namespace) -> int:
    """Let the bots play until Ctrl-C, the end of the time, or of the parent process; the exit code.

    Raises:
        LauncherError: none of the bots plays any more.
    """
    if options.report is not None:
        require_parent_folder(options.report, "--report")
    from game.bots.report import swarm_report
    from game.launcher.bot_processes import print_result, print_second, run_processes
    from game.launcher.swarm_view import viewer

    options.server, options.database = where_it_is(options.server, options.database)
    settings = _settings(options)
    each_second: list[dict[str, object]] = []
    # Started by another program, there is no terminal to show a table on.
    show: Callable[[Second], None] | None = None
    if options.figures:
        show = print_second
    elif not options.parent:
        show = viewer(sys.stdout)

    def on_second(second: Second) -> None:
        # Without its latencies: they would fill the memory of bots that play for days. Who started them asks for the end alone.
        if options.report is not None and not options.parent:
            each_second.append(second.to_json())
        if show is not None:
            show(second)

    codes: tuple[int, ...] = ()
    if options.processes > 1:
        result, codes = run_processes(
            options, settings.seed, on_second, lambda end: _when_stopped(options, end)
        )
    else:
        result = asyncio.run(_run(options, settings, on_second))
    if options.figures:
        print_result(result)
    if options.report is not None:
        write_report(
            options.report, swarm_report(result.records, seconds=result.seconds, each_second=each_second)
        )
        options.report = None
    _check(result, codes)
    return 0


def _settings(options: argparse.Namespace) -> SwarmSettings:
    from game.bots.loading import BrainError, load_brain
    from game.bots.swarm import SwarmSettings

    try:
        brain = None if options.brain is None else load_brain(options.brain)
    except BrainError as error:
        raise LauncherError(str(error)) from error
    return SwarmSettings(
        server=options.server,
        database=options.database,
        count=options.count,
        difficulty=options.difficulty,
        seed=Random().randrange(2**31) if options.seed is None else options.seed,
        skip=options.skip,
        seconds=options.seconds,
        brain=brain,
        rate=options.rate,
        in_turn=options.in_turn,
    )


async def _run(
    options: argparse.Namespace, settings: SwarmSettings, on_second: Callable[[Second], None]
) -> SwarmResult:
    from game.bots.swarm import run_swarm

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    _when_stopped(options, lambda: loop.call_soon_threadsafe(stop.set), settings.held)
    return await run_swarm(settings, stop, on_second)


def _check(result: SwarmResult, codes: tuple[int, ...]) -> None:
    """LauncherError when every bot has ended before its time; `codes` are those of the processes they were in."""
    failures = [record.error for record in result.records if record.error is not None]
    if not failures or len(failures) < len(result.records):
        return
    reason = failures[0] if result.failure is None else sentence(result.failure)
    # All of one kind, or simply a failure.
    code = exit_code(result.failure) if result.failure is not None else codes[0] if len({*codes}) == 1 else 1
    played = any(record.peak_mass > 0 for record in result.records)
    raise LauncherError(f"{'no bot plays any more' if played else 'no bot could play'}: {reason}", code=code)


def _when_stopped(options: argparse.Namespace, end: Callable[[], object], held: Event | None = None) -> None:
    """Call `end` at Ctrl-C, when asked to terminate, and when the parent process ends; `held` is set while that says so."""

    def end_soon(*_: object) -> None:
        end()

    def said(line: str) -> None:
        if held is not None and line == "hold":
            held.set()
        elif held is not None and line == "go on":
            held.clear()

    signal.signal(signal.SIGINT, end_soon)
    for each in terminating_signals():
        signal.signal(each, end_soon)
    if options.parent:
        follow_parent(end_soon, said)
