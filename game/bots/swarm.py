"""Many bots in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from time import monotonic

from game.bots.bot import Bot, BotSettings
from game.bots.brain import Brain, decide
from game.bots.figures import CallFigures, Second
from game.bots.personality import seeded_name, seeded_personality
from game.bots.report import BotRecord
from spacetimedb_sdk import SpacetimeDBException

__all__ = ["SwarmResult", "SwarmSettings", "bot_settings", "run_swarm"]

_JOIN_SECONDS = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmSettings:
    """How many bots play where, from which seed; without `seconds` they play until stopped. The load as `BotSettings`."""

    server: str
    database: str
    count: int
    seed: int = 0
    seconds: float | None = None
    brain: Brain = decide
    rate: float | None = None
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class SwarmResult:
    """The bots' records in the order they joined, how many seconds they were there, and the SDK's first failure."""

    records: tuple[BotRecord, ...]
    seconds: float
    failure: SpacetimeDBException | None = None


def bot_settings(settings: SwarmSettings) -> tuple[BotSettings, ...]:
    """Name and personality of each bot, the same for the same seed."""
    random = Random(settings.seed)
    return tuple(
        BotSettings(
            server=settings.server,
            database=settings.database,
            name=seeded_name(random),
            personality=seeded_personality(random),
            brain=settings.brain,
            think_seconds=random.uniform(0.13, 0.17),
            rate=settings.rate,
            in_turn=settings.in_turn,
        )
        for _ in range(settings.count)
    )


async def run_swarm(
    settings: SwarmSettings, stop: asyncio.Event, on_second: Callable[[Second], None] = lambda second: None
) -> SwarmResult:
    """Let the bots join one after the other and play until the time is over, `stop` is set or all have ended.

    `on_second` is called with what happened in each second.
    """
    started = monotonic()
    figures = CallFigures()
    settled = bot_settings(settings)
    bots = [Bot(each, figures) for each in settled]
    names = [each.name for each in settled]
    joining = asyncio.create_task(_join(bots, stop))
    counting = asyncio.create_task(_each_second(names, bots, figures, on_second))
    try:
        await _first_of(joining, stop, settings.seconds)
    finally:
        counting.cancel()
        stop.set()
        for bot in bots:
            bot.stop()
        await joining
    failure = next((bot.failure for bot in bots if bot.failure is not None), None)
    return SwarmResult(tuple(bot.record() for bot in bots), monotonic() - started, failure)


async def _join(bots: Sequence[Bot], stop: asyncio.Event) -> None:
    running: list[asyncio.Task[None]] = []
    for bot in bots:
        if stop.is_set():
            break
        running.append(asyncio.create_task(bot.run()))
        await asyncio.sleep(_JOIN_SECONDS)
    await asyncio.gather(*running)


async def _each_second(
    names: Sequence[str], bots: Sequence[Bot], figures: CallFigures, on_second: Callable[[Second], None]
) -> None:
    due = monotonic()
    while True:
        due += 1.0
        await asyncio.sleep(max(due - monotonic(), 0.0))
        on_second(figures.second((name, bot.mass) for name, bot in zip(names, bots, strict=True)))


async def _first_of(joining: asyncio.Task[None], stop: asyncio.Event, seconds: float | None) -> None:
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({joining, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
