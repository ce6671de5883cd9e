"""Bot: an async client, and a tick that looks, has its pilot act, and arms itself again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from threading import Event
from time import monotonic, perf_counter

import module_bindings
from game.bots.figures import CallFigures
from game.bots.pilot import Brain, Pilot
from game.bots.report import BotRecord
from game.match.connection import RECONNECT, RULES
from game.match.observation import DEFAULT_REACH, observe
from module_bindings import DbVector2, Player
from spacetimedb_sdk import (
    AuthenticationError,
    ClientStats,
    Identity,
    SpacetimeDBAsyncClient,
    SpacetimeDBException,
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """Where a bot plays and how.

    `server` is `HOST:PORT`; `brain` decides, every `think_seconds` (0.05 or more: 20 Hz input at most), upon what is
    within `reach` world units. A bot sends its input when it changes; for a load, `rate` times a second whatever becomes
    of the calls (an open loop), or, `in_turn`, as soon as the call before is answered (a closed one). While `held` is set,
    as when its world is, it decides nothing.
    """

    server: str
    database: str
    name: str
    brain: Brain
    think_seconds: float = 0.15
    reach: float = DEFAULT_REACH
    rate: float | None = None
    in_turn: bool = False
    held: Event = field(default_factory=Event)


class Bot:
    """Plays until it is stopped, over restarts of the server; `failure` is what the SDK ended it with, if it did."""

    def __init__(self, settings: BotSettings, figures: CallFigures | None = None) -> None:
        self._settings = settings
        self._figures = figures or CallFigures()
        self._pressed = 0
        self._pressing_since = 0.0
        self.failure: SpacetimeDBException | None = None
        self._error: str | None = None
        self._stopped = False
        self._calls_before = (0, 0)
        self._begin()
        is_load = settings.rate is not None or settings.in_turn
        self._pilot = Pilot(settings.name, settings.brain, self, steers=not is_load)

    def _begin(self) -> None:
        self._client = SpacetimeDBAsyncClient(module_bindings)
        self._reducers = module_bindings.Reducers(self._client)
        self._client.register_on_subscription_applied(self._on_subscription_applied)
        self._identity: Identity | None = None
        self._ticking = False
        self._has_asked_for_rules = False

    async def run(self) -> None:
        """Connect, enter the game and play, coming back after a loss; returns when stopped or when there is no way back."""
        while not self._stopped:
            try:
                await self._client.run(
                    None,
                    self._settings.server,
                    self._settings.database,
                    self._settings.server.startswith("https://"),
                    self._on_connect,
                    list(QUERIES),
                    reconnect=RECONNECT,
                    # The older official module counts with u32: see WorldConnection.
                    verify_schema=False,
                )
            except AuthenticationError as error:
                # The server that came back has another key: it plays on as a new player, under its name.
                if self._identity is None:
                    self._fail(error)
                    return
                stats = self._stats
                self._calls_before = stats.reducer_calls, stats.reducer_errors
                self._begin()
            except SpacetimeDBException as error:
                self._fail(error)
                return
            else:
                return

    def stop(self) -> None:
        """Close the connection; `run` returns soon after. Stopping twice is fine."""
        self._stopped = True
        self._client.force_close()

    @property
    def name(self) -> str:
        """Under which it plays."""
        return self._pilot.name

    @property
    def mass(self) -> int:
        """Of all its circles together; 0 while it has none."""
        return self._pilot.mass if self._client.is_connected else 0

    def record(self) -> BotRecord:
        """The numbers so far."""
        diary, (calls, errors) = self._pilot.diary, self._calls_before
        stats = self._stats
        return BotRecord(
            name=self.name,
            distance=diary.distance,
            food_eaten=diary.food_eaten,
            peak_mass=diary.peak_mass,
            deaths=diary.deaths,
            restarts=diary.restarts,
            reducer_calls=calls + stats.reducer_calls,
            reducer_errors=errors + stats.reducer_errors,
            error=self._error,
        )

    @property
    def _stats(self) -> ClientStats:
        return self._client.stats

    def _fail(self, error: SpacetimeDBException) -> None:
        self.failure = error
        self._error = str(error)

    def _on_connect(self, token: str, identity: Identity) -> None:
        self._identity = identity

    def _on_subscription_applied(self) -> None:
        if not self._has_asked_for_rules:
            self._has_asked_for_rules = True
            rules = self._client.subscriptions.add(list(RULES))
            rules.on_result(lambda _none: None, on_error=lambda error: None)
        if not self._ticking:
            self._ticking = True
            self._tick()
            self._pressing_since = perf_counter() - self._pressed / (self._settings.rate or 1.0)
            if self._settings.rate is not None:
                self._client.schedule_event(0.0, self._press)
        if self._settings.in_turn:
            self._client.schedule_event(0.0, self._press_in_turn)

    def _tick(self) -> None:
        self._client.schedule_event(self._settings.think_seconds, self._tick)
        player = None if self._identity is None else Player.filter_by_identity(self._identity)
        if player is None or self._settings.held.is_set() or not self._client.is_connected:
            return
        observation = observe(player.player_id, reach=self._settings.reach, now=monotonic())
        try:
            self._pilot.look(player, observation, self._names)
        except Exception as error:  # noqa: BLE001 - a brain may be a stranger's code: its fault ends this bot alone
            _log.exception("the brain of %s failed", self.name)
            self._error = f"its brain failed with {type(error).__name__}: {error}"
            self.stop()

    def _names(self) -> Set[str]:
        """Of all other players on the board."""
        return {player.name for player in Player.iter() if player.identity != self._identity}

    # -- what its pilot calls ------------------------------------------------------------------------------------------

    def enter_game(self, name: str) -> None:
        self._reducers.enter_game(name)

    def respawn(self) -> None:
        self._reducers.respawn()

    def suicide(self) -> None:
        self._reducers.suicide()

    def player_split(self) -> None:
        self._reducers.player_split()

    def eject_mass(self) -> None:
        self._reducers.eject_mass()

    def update_player_input(self, direction: DbVector2, then: Callable[[], None] = lambda: None) -> None:
        """Send the direction; note how long its answer takes, then call `then`."""
        began = perf_counter()
        call = self._reducers.update_player_input(direction)
        self._figures.called()

        def answered(result: ReducerResult) -> None:
            self._figures.answered((perf_counter() - began) * 1000.0, failed=not result.committed)
            if result.outcome is not CallOutcome.CONNECTION_LOST:
                then()

        call.on_result(answered)

    # -- loads ---------------------------------------------------------------------------------------------------------

    def _press(self) -> None:
        """An open loop: the next call is due by the clock, answered or not, and late ones are made up for."""
        assert self._settings.rate is not None
        self._pressed += 1
        due = self._pressing_since + self._pressed / self._settings.rate
        self._client.schedule_event(max(due - perf_counter(), 0.0), self._press)
        if self._client.is_connected:
            self.update_player_input(DbVector2(*self._pilot.steered))

    def _press_in_turn(self) -> None:
        if self._client.is_connected:
            self.update_player_input(
                DbVector2(*self._pilot.steered),
                lambda: self._client.schedule_event(0.0, self._press_in_turn),
            )
