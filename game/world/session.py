"""One player's connection to a world: entering it, wishing for things in it, leaving it."""

from __future__ import annotations

from enum import Enum
from typing import Any

import module_bindings
from module_bindings import Circle, Config, DbVector2, Entity, Food, Player
from module_bindings.enter_game_reducer import enter_game, register_on_enter_game
from module_bindings.player_split_reducer import player_split
from module_bindings.respawn_reducer import respawn
from module_bindings.suicide_reducer import suicide
from module_bindings.update_player_input_reducer import update_player_input
from spacetimedb_sdk import ConnectError, ConnectionLost, Identity, SpacetimeDBClient, SpacetimeDBException

from .intent import Intent
from .model import WorldModel
from .settings import PlaySettings

__all__ = ["INPUT_INTERVAL", "MAX_NAME_LENGTH", "EnterRefusedError", "Session", "SessionState"]

INPUT_INTERVAL = 0.05
MAX_NAME_LENGTH = 24

_QUERIES = tuple(f"SELECT * FROM {table}" for table in ("config", "entity", "circle", "player", "food"))
# Steps are timed by frames, which come a little early as often as a little late.
_INTERVAL_SLACK = 0.002
_PATIENCE = 20.0


class EnterRefusedError(SpacetimeDBException):
    """The world did not let the player in: `name` was asked for, `reason` is the server's word."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(name, reason)

    def __str__(self) -> str:
        return f"the world does not let {self.name!r} in: {self.reason} (choose another name with --name)"


class SessionState(Enum):
    """Where a session stands. The values are what a player is told."""

    CONNECTING = "Looking for the world..."
    NAMING = "What shall we call you?"
    ENTERING = "Entering the arena..."
    PLAYING = "Playing"
    DEAD = "You were eaten"
    LOST = "The connection to the world was lost"


class Session:
    """A connected player. Time is passed in, in seconds.

    `world` is the model that the rows of the server flow into; `notice` says why the last name was refused. Errors of the
    SDK (nothing listening, a refused token, no such database, another module) pass through `update` as they are.
    """

    def __init__(self, settings: PlaySettings) -> None:
        self.world = WorldModel()
        self.state = SessionState.CONNECTING
        self.lost_reason = ""
        self.notice = ""
        self.name = settings.name
        self._settings = settings
        self._client: SpacetimeDBClient | None = None
        self._identity: Identity | None = None
        self._applied = False
        self._closing = False
        self._asked_since: float | None = None
        self._refused: str | None = None
        self._sent_direction: tuple[float, float] | None = None
        self._direction_due = 0.0
        self._split_due = 0.0

    @property
    def player_id(self) -> int | None:
        """The own player's id, once the server has told it."""
        return self.world.own_player_id

    @property
    def known_name(self) -> str:
        """The name the own player has on the server, or an empty text."""
        player_id = self.world.own_player_id
        return self.world.names.get(player_id, "") if player_id is not None else ""

    @property
    def stats(self) -> tuple[int, int, int]:
        """Row updates, reducer calls and failed reducer calls so far."""
        if self._client is None:
            return 0, 0, 0
        stats = self._client.stats
        return stats.row_updates, stats.reducer_calls, stats.reducer_errors

    def open(self) -> None:
        """Start connecting; `update` carries it through."""
        self._client = SpacetimeDBClient.init(
            self._settings.token,
            self._settings.server,
            self._settings.database,
            False,
            module_bindings,
            on_connect=self._connected,
            on_disconnect=self._disconnected,
            on_identity=self._identified,
        )

    def close(self) -> None:
        """Leave the world. Closing twice is fine."""
        self._closing = True
        if self._client is not None:
            self._client.close()

    def update(self, now: float, *, wait: float | None = None) -> None:
        """Take in what the server has sent since the last call, and go on with entering.

        A program without frames may `wait` up to so many seconds for something to come first.

        Raises:
            SpacetimeDBException: whatever kept the connection from coming about, typed.
            EnterRefusedError: the server refused the name that the game was started with.
        """
        if self._client is None or self.state is SessionState.LOST:
            return
        world = self.world
        world.begin(now)
        self._client.update(wait)
        if self._applied:
            world.settle()
        self._proceed(now)

    def enter(self, name: str, now: float) -> None:
        """Ask for a place in the arena under `name`."""
        self.name = name
        self.state = SessionState.ENTERING
        self._asked_since = now
        self._refused = None
        enter_game(name)

    def send(self, intent: Intent, now: float) -> None:
        """Tell the server what the player wants: what is new only, the direction at most 20 times a second."""
        if self.state is SessionState.DEAD and intent.respawn:
            self.state = SessionState.ENTERING
            self._asked_since = now
            respawn()
        if self.state is not SessionState.PLAYING:
            return
        if intent.suicide:
            suicide()
            return
        direction = round(intent.direction[0], 3), round(intent.direction[1], 3)
        if direction != self._sent_direction and now >= self._direction_due - _INTERVAL_SLACK:
            self._sent_direction = direction
            self._direction_due = now + INPUT_INTERVAL
            update_player_input(DbVector2(*direction))
        if intent.split and now >= self._split_due - _INTERVAL_SLACK:
            self._split_due = now + INPUT_INTERVAL
            player_split()

    def raise_if_lost(self) -> None:
        """End a game whose connection is gone.

        Raises:
            ConnectionLost: the state is `LOST`.
        """
        if self.state is SessionState.LOST:
            raise ConnectionLost(self.lost_reason)

    # -- callbacks, all inside `update` ------------------------------------------------------------------------

    def _connected(self) -> None:
        world = self.world
        Config.register_row_update(world.config_changed)
        Entity.register_row_update(world.entity_changed)
        Circle.register_row_update(world.circle_changed)
        Food.register_row_update(world.food_changed)
        Player.register_row_update(self._player_changed)
        register_on_enter_game(self._entered)
        client = self._client
        if client is not None:
            client.register_on_subscription_applied(self._subscribed)
            client.subscribe(list(_QUERIES))

    def _identified(self, token: str, identity: Identity, address: object) -> None:
        self._identity = identity
        self._settings.on_token(token)

    def _disconnected(self, message: str) -> None:
        if self._closing:
            return
        self.state = SessionState.LOST
        self.lost_reason = message

    def _subscribed(self) -> None:
        self._applied = True

    def _player_changed(self, row_op: str, old: Player | None, new: Player | None, event: object) -> None:
        self.world.player_changed(row_op, old, new, event)
        if new is not None and new.identity == self._identity:
            self.world.become(new.player_id)

    def _entered(self, caller: Identity, address: object, status: str, message: str, *args: Any) -> None:
        if caller == self._identity and status != "committed":
            self._refused = message or status

    # -- the way in and out ------------------------------------------------------------------------------------

    def _proceed(self, now: float) -> None:
        if self.state is SessionState.CONNECTING:
            self._begin_or_wait(now)
        elif self.state is SessionState.ENTERING:
            if self.world.own:
                self._play()
            elif self._refused is not None:
                self._ask_again(self._refused)
            else:
                self._check_patience(now, "it did not let the player in; is it a Blackholio module?")
        elif self.state is SessionState.PLAYING and not self.world.own:
            self.state = SessionState.DEAD

    def _begin_or_wait(self, now: float) -> None:
        if self._asked_since is None:
            self._asked_since = now
        if not self._applied or self.world.own_player_id is None:
            self._check_patience(now, "it answered but did not show the world; is it a Blackholio module?")
            return
        alive = bool(self.world.own)
        if alive and self.name in (None, self.known_name):
            self.name = self.known_name
            self._play()
        elif self.name is not None:
            self.enter(self.name, now)
        else:
            self.state = SessionState.NAMING

    def _play(self) -> None:
        self.state = SessionState.PLAYING
        # A new circle rests until it is told to move.
        self._sent_direction = None

    def _ask_again(self, reason: str) -> None:
        if self._settings.name is not None or self._settings.headless:
            raise EnterRefusedError(self.name or "", reason)
        self.notice = reason
        self.state = SessionState.NAMING

    def _check_patience(self, now: float, reason: str) -> None:
        if self._asked_since is not None and now - self._asked_since > _PATIENCE:
            raise ConnectError(self._settings.server, f"{reason} (database {self._settings.database!r})")
