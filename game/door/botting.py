"""`run_game.py bots`."""

from __future__ import annotations

import argparse
import asyncio
import signal

from game.door.errors import DoorError, sentence
from game.door.files import require_parent_folder, write_report
from game.door.stopping import when_parent_ends

__all__ = ["bots"]


def bots(options: argparse.Namespace) -> int:
    """Let the bots play until Ctrl-C, the end of the time, or of the parent process; the exit code.

    Raises:
        DoorError: not one of the bots could play to the end.
    """
    if options.report is not None:
        require_parent_folder(options.report, "--report")
    from game.bots.brain import decide
    from game.bots.loading import BrainError, load_brain
    from game.bots.report import swarm_report
    from game.bots.swarm import SwarmResult, SwarmSettings, run_swarm

    try:
        brain = decide if options.brain is None else load_brain(options.brain)
    except BrainError as error:
        raise DoorError(str(error)) from error
    settings = SwarmSettings(
        server=options.server,
        database=options.database,
        count=options.count,
        seed=options.seed,
        seconds=options.seconds,
        brain=brain,
    )

    async def run() -> SwarmResult:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()

        def stop_soon(*_: object) -> None:
            loop.call_soon_threadsafe(stop.set)

        signal.signal(signal.SIGINT, stop_soon)
        signal.signal(signal.SIGTERM, stop_soon)
        if options.parent:
            when_parent_ends(stop_soon)
        return await run_swarm(settings, stop)

    result = asyncio.run(run())
    if options.report is not None:
        write_report(options.report, swarm_report(result.records, seconds=result.seconds))
    failures = [record.error for record in result.records if record.error is not None]
    if failures and len(failures) == len(result.records):
        reason = failures[0] if result.failure is None else sentence(result.failure)
        raise DoorError(f"no bot could play: {reason}")
    return 0
