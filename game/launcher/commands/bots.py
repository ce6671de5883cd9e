"""`run_game.py bots`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable
from random import Random

from game.launcher.errors import LauncherError, exit_code, sentence
from game.launcher.files import require_parent_folder, write_report
from game.launcher.signals import when_parent_ends

__all__ = ["bots"]


def bots(options: argparse.Namespace) -> int:
    """Let the bots play until Ctrl-C, the end of the time, or of the parent process; the exit code.

    Raises:
        LauncherError: not one of the bots could play to the end.
    """
    if options.report is not None:
        require_parent_folder(options.report, "--report")
    from game.bots.brain import decide
    from game.bots.figures import Second
    from game.bots.loading import BrainError, load_brain
    from game.bots.report import swarm_report
    from game.bots.swarm import SwarmResult, SwarmSettings, run_swarm
    from game.launcher.bot_processes import run_processes, tell_result, tell_second
    from game.launcher.swarm_view import viewer

    try:
        brain = decide if options.brain is None else load_brain(options.brain)
    except BrainError as error:
        raise LauncherError(str(error)) from error
    seed = Random().randrange(2**31) if options.seed is None else options.seed
    settings = SwarmSettings(
        server=options.server,
        database=options.database,
        count=options.count,
        seed=seed,
        seconds=options.seconds,
        brain=brain,
        rate=options.rate,
        in_turn=options.in_turn,
    )
    each_second: list[dict[str, object]] = []
    # Started by another program, there is no terminal to show a table on.
    show = tell_second if options.figures else (lambda second: None) if options.parent else viewer(sys.stdout)

    def on_second(second: Second) -> None:
        # Without its latencies: they would fill the memory of bots that play for days. Who started them asks for the end alone.
        if options.report is not None and not options.parent:
            each_second.append(second.to_json())
        show(second)

    async def run() -> SwarmResult:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        _when_stopped(options, lambda: loop.call_soon_threadsafe(stop.set))
        return await run_swarm(settings, stop, on_second)

    if options.processes > 1:
        result = run_processes(options, seed, on_second, lambda end: _when_stopped(options, end))
    else:
        result = asyncio.run(run())
    if options.figures:
        tell_result(result)
    if options.report is not None:
        write_report(
            options.report, swarm_report(result.records, seconds=result.seconds, each_second=each_second)
        )
    failures = [record.error for record in result.records if record.error is not None]
    if failures and len(failures) == len(result.records):
        reason = failures[0] if result.failure is None else sentence(result.failure)
        code = 1 if result.failure is None else exit_code(result.failure)
        raise LauncherError(f"no bot could play: {reason}", code=code)
    return 0


def _when_stopped(options: argparse.Namespace, end: Callable[[], object]) -> None:
    """Call `end` at Ctrl-C, when asked to terminate, and when the parent process ends."""

    def end_soon(*_: object) -> None:
        end()

    signal.signal(signal.SIGINT, end_soon)
    signal.signal(signal.SIGTERM, end_soon)
    if options.parent:
        when_parent_ends(end_soon)
