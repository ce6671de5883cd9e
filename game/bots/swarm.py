"""Swarm: many bots in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from threading import Event
from time import monotonic

from game.bots.bot import Bot, BotSettings
from game.bots.figures import CallFigures, Second
from game.bots.loading import Decide
from game.bots.mind import Mind
from game.bots.names import seeded_names
from game.bots.personality import Personality
from game.bots.pilot import Brain
from game.bots.report import BotRecord
from game.bots.temper import drawn_personality
from spacetimedb_sdk import SpacetimeDBException

__all__ = ["SwarmResult", "SwarmSettings", "bot_settings", "drawn_bots", "run_swarm"]

# Bots join one after the other: a thousand at once would hold up those who play.
_JOIN_SECONDS = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmSettings:
    """How many bots play where, how well, from which seed; without `seconds` they play until stopped. The load as `BotSettings`.

    A `brain`, where one is given, decides for all of them. `skip` leaves out so many of the seed's bots: those play elsewhere. None decides anything
    while `held` is set.
    """

    server: str
    database: str
    count: int
    difficulty: str = "normal"
    seed: int = 0
    skip: int = 0
    seconds: float | None = None
    brain: Decide | None = None
    rate: float | None = None
    in_turn: bool = False
    held: Event = field(default_factory=Event)


@dataclass(frozen=True, slots=True)
class SwarmResult:
    """The bots' records in the order they joined, how many seconds they were there, and the SDK's first failure."""

    records: tuple[BotRecord, ...]
    seconds: float
    failure: SpacetimeDBException | None = None


def drawn_bots(count: int, difficulty: str, seed: int) -> Iterator[tuple[str, Personality, float]]:
    """Name, personality and seconds between two decisions of each bot, the same for the same seed."""
    random = Random(seed)
    names = seeded_names(Random(seed))
    for _ in range(count):
        personality = drawn_personality(random, difficulty)
        yield next(names), personality, random.uniform(*personality.skill.think)


def bot_settings(settings: SwarmSettings) -> tuple[BotSettings, ...]:
    """The settings of each bot, the same for the same seed."""
    drawn = drawn_bots(settings.skip + settings.count, settings.difficulty, settings.seed)
    return tuple(
        BotSettings(
            server=settings.server,
            database=settings.database,
            name=name,
            brain=_brain(settings.brain, personality),
            think_seconds=think_seconds,
            reach=personality.skill.reach,
            rate=settings.rate,
            in_turn=settings.in_turn,
            held=settings.held,
        )
        for name, personality, think_seconds in islice(drawn, settings.skip, None)
    )


def _brain(decide: Decide | None, personality: Personality) -> Brain:
    return Mind(personality) if decide is None else lambda observation: decide(observation, personality)


async def run_swarm(
    settings: SwarmSettings, stop: asyncio.Event, on_second: Callable[[Second], None] = lambda second: None
) -> SwarmResult:
    """Let the bots join one after the other and play until the time is over, `stop` is set or all have ended.

    `on_second` is called with what happened in each second.
    """
    started = monotonic()
    figures = CallFigures()
    bots = [Bot(each, figures) for each in bot_settings(settings)]
    joining = asyncio.create_task(_join(bots, stop))
    counting = asyncio.create_task(_each_second(bots, figures, on_second))
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
    bots: Sequence[Bot], figures: CallFigures, on_second: Callable[[Second], None]
) -> None:
    due = monotonic()
    while True:
        due += 1.0
        await asyncio.sleep(max(due - monotonic(), 0.0))
        on_second(figures.second((bot.name, bot.mass) for bot in bots))


async def _first_of(joining: asyncio.Task[None], stop: asyncio.Event, seconds: float | None) -> None:
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({joining, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
