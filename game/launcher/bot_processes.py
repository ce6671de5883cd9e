"""Bot processes: a swarm in several processes. Each plays its share and tells this one what happens, second by second, as JSON lines."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from game.bots.figures import Second, merged
from game.bots.report import BotRecord, record_from_json
from game.bots.swarm import SwarmResult
from game.launcher.child_processes import Child
from game.launcher.errors import LauncherError
from game.launcher.own_program import own_command
from game.launcher.terminal import say

__all__ = ["print_result", "print_second", "run_processes"]


def print_second(second: Second) -> None:
    """What a process of the swarm says of a second."""
    say(json.dumps({"second": asdict(second)}))


def print_result(result: SwarmResult) -> None:
    """Its last word."""
    say(json.dumps({"records": [record.to_json() for record in result.records], "seconds": result.seconds}))


def run_processes(
    options: argparse.Namespace,
    seed: int,
    on_second: Callable[[Second], None],
    stopping: Callable[[Callable[[], None]], None],
) -> tuple[SwarmResult, tuple[int, ...]]:
    """Run `options.count` bots in `options.processes` processes until they end, with which codes; `stopping` is given what
    ends them.

    Raises:
        LauncherError: a process ended without having said what its bots did.
    """
    shares = [
        options.count // options.processes + (number < options.count % options.processes)
        for number in range(options.processes)
    ]
    began = monotonic()
    messages: SimpleQueue[tuple[int, dict[str, Any] | None]] = SimpleQueue()
    children = [
        Child(
            f"bots {number + 1}",
            # The same bots as in one process, each in one of them.
            _arguments(options, share, seed, skip=sum(shares[:number])),
            stdout=subprocess.PIPE,
        )
        for number, share in enumerate(shares)
    ]

    def end() -> None:
        for child in children:
            if child.process.stdin is not None:
                child.process.stdin.close()

    stopping(end)
    for number, child in enumerate(children):
        Thread(target=_listen, args=(number, child, messages), name=child.what, daemon=True).start()
    try:
        records = _records(len(children), messages, on_second)
    finally:
        for child in children:
            child.close()
    for number, child in enumerate(children):
        if number not in records:
            raise LauncherError(f"{child.what} ended early: {child.complaint()}")
    records_of_all = tuple(record for number in sorted(records) for record in records[number])
    codes = tuple(child.process.returncode for child in children)
    return SwarmResult(records_of_all, monotonic() - began), codes


def _records(
    count: int,
    messages: SimpleQueue[tuple[int, dict[str, Any] | None]],
    on_second: Callable[[Second], None],
) -> dict[int, list[BotRecord]]:
    """What the bots of each process did, once all processes have ended; a second is passed on when all have told theirs."""
    records: dict[int, list[BotRecord]] = {}
    seconds: defaultdict[int, dict[int, Second]] = defaultdict(dict)
    running = set(range(count))
    while running:
        number, message = messages.get()
        if message is None:
            running.discard(number)
        elif "records" in message:
            records[number] = [record_from_json(record) for record in message["records"]]
        else:
            second = _second(message["second"])
            seconds[second.number][number] = second
        for each in sorted(seconds):
            if running - seconds[each].keys():
                break
            on_second(merged(seconds.pop(each).values()))
    return records


def _arguments(options: argparse.Namespace, count: int, seed: int, *, skip: int) -> list[str]:
    arguments = own_command(
        "bots", "--server", options.server, "--database", options.database,
        "--count", str(count), "--seed", str(seed), "--skip", str(skip), "--difficulty", options.difficulty,
        "--parent", "--figures",
    )  # fmt: skip
    for name in ("seconds", "brain", "rate"):
        value = getattr(options, name)
        if value is not None:
            arguments += [f"--{name}", str(value)]
    return arguments + (["--in-turn"] if options.in_turn else [])


def _listen(number: int, child: Child, messages: SimpleQueue[tuple[int, dict[str, Any] | None]]) -> None:
    out = child.process.stdout
    if out is not None:
        with out:
            for line in out:
                messages.put((number, json.loads(line)))
    messages.put((number, None))


def _second(fields: dict[str, Any]) -> Second:
    fields["leaders"] = tuple((name, mass) for name, mass in fields["leaders"])
    fields["latencies"] = tuple(fields["latencies"])
    return Second(**fields)
