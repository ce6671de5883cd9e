"""One bot: an async client, and a tick that looks, decides, acts and arms itself again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from time import perf_counter

import module_bindings
from game.bots.brain import Brain, decide
from game.bots.figures import CallFigures
from game.bots.personality import Personality
from game.bots.report import BotRecord, Diary
from game.match.intent import Intent
from game.match.observation import observe
from module_bindings import DbVector2, Player
from module_bindings.enter_game_reducer import enter_game
from module_bindings.player_split_reducer import player_split
from module_bindings.respawn_reducer import respawn
from module_bindings.suicide_reducer import suicide
from spacetimedb_sdk import Identity, SpacetimeDBAsyncClient, SpacetimeDBException
from spacetimedb_sdk.client.requests.calls import CallOutcome, ReducerResult

__all__ = ["QUERIES", "Bot", "BotSettings"]

QUERIES = (
    "SELECT * FROM config",
    "SELECT * FROM entity",
    "SELECT * FROM circle",
    "SELECT * FROM player",
    "SELECT * FROM food",
)

_log = logging.getLogger(__name__)

_NOTICEABLE = 0.08
_REPEAT_AFTER = 10
_RESPAWN_TICKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """Where a bot plays and how.

    `server` is `HOST:PORT`; `think_seconds` is the time between two decisions (0.05 or more: 20 Hz input at most).
    A bot sends its input when it changes; for a load, `rate` times a second whatever becomes of the calls (an open loop),
    or, `in_turn`, as soon as the call before is answered (a closed one).
    """

    server: str
    database: str
    name: str
    personality: Personality
    brain: Brain = decide
    think_seconds: float = 0.15
    rate: float | None = None
    in_turn: bool = False


class Bot:
    """Plays until it is stopped or the connection ends; `failure` is what the SDK ended it with, if it did."""

    def __init__(self, settings: BotSettings, figures: CallFigures | None = None) -> None:
        self._settings = settings
        self._figures = figures or CallFigures()
        self._client = SpacetimeDBAsyncClient(module_bindings)
        self._reducers = module_bindings.Reducers(self._client)
        self.mass = 0
        self._pressed = 0
        self._pressing_since = 0.0
        self._client.register_on_subscription_applied(self._on_subscription_applied)
        self._identity: Identity | None = None
        self._diary = Diary()
        self.failure: SpacetimeDBException | None = None
        self._error: str | None = None
        self._steered = (0.0, 0.0)
        self._circles: tuple[int, ...] = ()
        self._ticks_since_input = 0
        self._ticks_dead = 0

    async def run(self) -> None:
        """Connect, enter the game and play; returns when stopped or when the connection ends."""
        try:
            await self._client.run(
                None,
                self._settings.server,
                self._settings.database,
                self._settings.server.startswith("https://"),
                self._on_connect,
                list(QUERIES),
            )
        except SpacetimeDBException as error:
            self.failure = error
            self._error = str(error)

    def stop(self) -> None:
        """Close the connection; `run` returns soon after. Stopping twice is fine."""
        self._client.force_close()

    def record(self) -> BotRecord:
        """The numbers so far."""
        stats = self._client.stats
        return BotRecord(
            name=self._settings.name,
            distance=self._diary.distance,
            food_eaten=self._diary.food_eaten,
            peak_mass=self._diary.peak_mass,
            deaths=self._diary.deaths,
            reducer_calls=stats.reducer_calls,
            reducer_errors=stats.reducer_errors,
            error=self._error,
        )

    def _on_connect(self, token: str, identity: Identity) -> None:
        self._identity = identity

    def _on_subscription_applied(self) -> None:
        enter_game(self._settings.name)
        self._client.schedule_event(self._settings.think_seconds, self._tick)
        self._pressing_since = perf_counter()
        if self._settings.rate is not None:
            self._client.schedule_event(0.0, self._press)
        elif self._settings.in_turn:
            self._client.schedule_event(0.0, self._press_in_turn)

    def _tick(self) -> None:
        self._client.schedule_event(self._settings.think_seconds, self._tick)
        player = None if self._identity is None else Player.filter_by_identity(self._identity)
        if player is None:
            return
        observation = observe(player.player_id)
        self._diary.note(observation)
        self.mass = sum(blob.mass for blob in observation.me)
        try:
            intent = self._settings.brain(observation, self._settings.personality)
        except Exception as error:  # noqa: BLE001 - a brain may be a stranger's code: its fault ends this bot alone
            _log.exception("the brain of %s failed", self._settings.name)
            self._error = f"its brain failed with {type(error).__name__}: {error}"
            self.stop()
            return
        self._act(intent, tuple(blob.entity_id for blob in observation.me))

    def _act(self, intent: Intent, circles: tuple[int, ...]) -> None:
        if not circles:
            self._ticks_dead += 1
            if intent.respawn and self._ticks_dead >= _RESPAWN_TICKS:
                self._ticks_dead = 0
                respawn()
            return
        self._ticks_dead = 0
        if intent.suicide:
            suicide()
            return
        self._steer(intent.direction, circles)
        if intent.split:
            player_split()

    def _steer(self, direction: tuple[float, float], circles: tuple[int, ...]) -> None:
        """Send the direction where it differs noticeably from the last one, or circles came or went."""
        x, y = direction
        self._ticks_since_input += 1
        turned = hypot(x - self._steered[0], y - self._steered[1]) > _NOTICEABLE
        if turned or circles != self._circles or self._ticks_since_input >= _REPEAT_AFTER:
            self._steered = direction
            self._circles = circles
            self._ticks_since_input = 0
            if not self._is_load:
                self._send_input()

    @property
    def _is_load(self) -> bool:
        return self._settings.rate is not None or self._settings.in_turn

    def _send_input(self, then: Callable[[], None] = lambda: None) -> None:
        """Send the direction; note how long its answer takes, then call `then`."""
        began = perf_counter()
        call = self._reducers.update_player_input(DbVector2(*self._steered))
        self._figures.called()

        def answered(result: ReducerResult) -> None:
            self._figures.answered((perf_counter() - began) * 1000.0, failed=not result.committed)
            if result.outcome is not CallOutcome.CONNECTION_LOST:
                then()

        call.on_result(answered)

    def _press(self) -> None:
        """An open loop: the next call is due by the clock, answered or not, and late ones are made up for."""
        assert self._settings.rate is not None
        self._pressed += 1
        due = self._pressing_since + self._pressed / self._settings.rate
        self._client.schedule_event(max(due - perf_counter(), 0.0), self._press)
        self._send_input()

    def _press_in_turn(self) -> None:
        self._send_input(lambda: self._client.schedule_event(0.0, self._press_in_turn))
