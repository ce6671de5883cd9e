"""Session: one player's way through a world. Entering it, wishing for things in it, losing and finding it again."""

from __future__ import annotations

from enum import Enum
from math import inf

from module_bindings import DbVector2
from spacetimedb_sdk import ClientStats, ConnectError, ConnectionLost, SpacetimeDBException
from spacetimedb_sdk.client.requests.calls import ReducerResult

from ..language import N_
from .bounds import shown_name
from .connection import WorldConnection
from .intent import Intent
from .settings import PlaySettings
from .world import World

__all__ = ["INPUT_INTERVAL", "MAX_NAME_LENGTH", "EnterRefusedError", "Session", "SessionState"]

# Seconds between two messages of a kind: the server moves circles no more often.
INPUT_INTERVAL = 0.05
# What a label can show; the server takes longer names.
MAX_NAME_LENGTH = 24

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
    """Where a session stands. The values are what a player is shown."""

    CONNECTING = N_("Looking for the world...")
    NAMING = N_("What shall we call you?")
    ENTERING = N_("Entering the arena...")
    PLAYING = N_("Playing")
    DEAD = N_("You were eaten")
    WATCHING = N_("Watching")
    RECONNECTING = N_("Connection lost - finding the way back...")
    LOST = N_("The connection to the world was lost")


class Session:
    """A connected player. Time is passed in, in seconds.

    `world` is the client's cache and what stands beside its rows; `notice` says why the last name was refused, or what
    happened meanwhile. Errors of the SDK (nothing listening, a refused token, no such database, another module) pass
    through `update` as they are.
    """

    def __init__(self, settings: PlaySettings) -> None:
        self.world = World()
        self.state = SessionState.CONNECTING
        self.notice = ""
        self.name = settings.name
        self.lost_at: float | None = None
        self._settings = settings
        self._connection: WorldConnection | None = None
        self._asked_since: float | None = None
        self._refused: str | None = None
        self._deaths_before = 0
        self._before_loss = SessionState.CONNECTING
        self._player_before_loss: tuple[int | None, str] = None, ""
        self._sent_direction: tuple[float, float] | None = None
        self._steered: set[int] = set()
        self._direction_due = 0.0
        self._split_due = 0.0
        self._eject_due = 0.0
        # Since when the world stands still, if it does, and when it went on the last time.
        self._held_since: float | None = None
        self._went_on = -inf

    @property
    def player_id(self) -> int | None:
        """The own player's id, once the server has sent it."""
        return self.world.own_player_id

    @property
    def known_name(self) -> str:
        """The name the own player has on the server, or an empty text."""
        player_id = self.world.own_player_id
        return self.world.names.get(player_id, "") if player_id is not None else ""

    @property
    def lost_reason(self) -> str:
        """Why the connection was lost, in the SDK's words; empty while it never was."""
        return (self._connection.lost_reason if self._connection is not None else None) or ""

    @property
    def network(self) -> ClientStats | None:
        """What the connection has counted and measured; None before `open`."""
        return None if self._connection is None else self._connection.stats

    @property
    def stats(self) -> tuple[int, int, int]:
        """Row updates, reducer calls and failed reducer calls so far."""
        stats = self.network
        return (0, 0, 0) if stats is None else (stats.row_updates, stats.reducer_calls, stats.reducer_errors)

    def silent_for(self, now: float) -> float:
        """Seconds since the server was last heard of while connected; a world of Blackholio speaks 20 times a second."""
        connection = self._connection
        if connection is None or connection.received_at is None or not connection.is_applied:
            return 0.0
        return 0.0 if self.is_held else now - max(connection.received_at, self._went_on)

    @property
    def is_held(self) -> bool:
        """Whether the world stands still, as one may in which nobody else plays."""
        return self._held_since is not None

    def hold(self, is_held: bool, now: float) -> None:
        """The world stands still from now on, or goes on again: that time is no silence, and no part of a life."""
        if is_held:
            self._held_since = now
        elif self._held_since is not None:
            self.world.account.leave_out(now - self._held_since)
            self._held_since, self._went_on = None, now

    def open(self) -> None:
        """Start connecting; `update` carries it through."""
        self._connection = WorldConnection(self._settings, self.world)

    def close(self) -> None:
        """Leave the world. Closing twice is fine."""
        if self._connection is not None:
            self._connection.close()

    def update(self, now: float, *, wait: float | None = None) -> None:
        """Take in what the server has sent since the last call, and go on with entering.

        A program without frames may `wait` up to so many seconds for something to come first.

        Raises:
            SpacetimeDBException: whatever kept the connection from coming about, typed.
            EnterRefusedError: the server refused the name that a headless game was started with.
        """
        connection = self._connection
        if connection is None or self.state is SessionState.LOST:
            return
        self.world.begin(now)
        connection.update(now, wait=wait)
        self.world.motion.round_trip = connection.stats.round_trip
        if connection.is_away or connection.lost_reason is not None:
            self._note_loss(connection, now)
        if connection.is_applied:
            self.world.settle(witnessed=self.state is not SessionState.RECONNECTING)
        self._proceed(connection, now)

    def enter(self, name: str, now: float) -> None:
        """Ask for a place in the arena under `name`."""
        if self._connection is None:
            return
        self.name = name
        self._ask(now)
        self._connection.reducers.enter_game(name).on_result(self._entered, self._not_entered)

    def watch(self) -> None:
        """Look on without a circle of one's own, from the death screen or instead of entering."""
        if self.state in (SessionState.DEAD, SessionState.NAMING):
            self.state = SessionState.WATCHING

    def join(self, now: float, name: str | None = None) -> None:
        """Stop watching: into the arena under the name there is, else this one, or to the question for one."""
        if self.state is not SessionState.WATCHING:
            return
        known = name if self.name is None else self.name
        if known is not None:
            self.enter(known, now)
        else:
            self.state = SessionState.NAMING

    def send(self, intent: Intent, now: float) -> None:
        """Tell the server what the player wants: what is new only, the direction at most 20 times a second, and again
        where there are new circles to be steered."""
        if self._connection is None:
            return
        reducers = self._connection.reducers
        if self.state is SessionState.DEAD and intent.respawn:
            if self.known_name or not self.name:
                self._ask(now)
                reducers.respawn().on_result(self._entered, self._not_entered)
            else:
                # A world that began anew meanwhile knows the player no longer: again under the same name.
                self.enter(self.name, now)
        if self.state is not SessionState.PLAYING:
            return
        if intent.suicide:
            reducers.suicide()
            return
        direction = round(intent.direction[0], 3), round(intent.direction[1], 3)
        self.world.motion.wish(direction, now)
        # What has been split off rests on an official server until it is steered.
        is_news = direction != self._sent_direction or not self._steered.issuperset(self.world.own)
        splits = intent.split and now >= self._split_due - _INTERVAL_SLACK
        ejects = intent.eject and self.can_eject and now >= self._eject_due - _INTERVAL_SLACK
        # What is thrown goes where the player looks now.
        if is_news and (splits or ejects or now >= self._direction_due - _INTERVAL_SLACK):
            self._sent_direction = direction
            self._steered = set(self.world.own)
            self._direction_due = now + INPUT_INTERVAL
            reducers.update_player_input(DbVector2(*direction))
        if splits:
            self._split_due = now + INPUT_INTERVAL
            reducers.player_split()
        if ejects:
            self._eject_due = now + INPUT_INTERVAL
            reducers.eject_mass().on_result(self._ejected)

    @property
    def can_eject(self) -> bool:
        """Whether the world lets mass be ejected, and an own circle is heavy enough for it."""
        rules = self.world.rules
        return rules is not None and 0 < rules.eject_from <= self.world.largest_own_mass()

    def raise_if_lost(self) -> None:
        """End a game whose connection is gone.

        Raises:
            ConnectionLost: the state is `LOST`.
            ConnectError: it never was there: whatever listens at the address has said nothing.
        """
        if self.state is SessionState.CONNECTING:
            raise ConnectError(
                self._settings.server, "it accepted the connection and said nothing; is it a server?"
            )
        if self.state is SessionState.LOST:
            raise ConnectionLost(self.lost_reason)

    # -- losing and finding the world --------------------------------------------------------------------------

    def _note_loss(self, connection: WorldConnection, now: float) -> None:
        if connection.is_away and self.state is not SessionState.RECONNECTING:
            self.lost_at = now
            self._before_loss = self.state
            self._player_before_loss = self.player_id, self.known_name
            self.state = SessionState.RECONNECTING
        elif not connection.is_away and not connection.client.is_connected:
            self.lost_at = now
            self.state = SessionState.LOST

    def _resume(self, now: float) -> None:
        """Be where the player was before the loss, as far as the world still knows."""
        before = self._before_loss
        self.lost_at = None
        if before is SessionState.CONNECTING:
            self.state = SessionState.CONNECTING
            self._asked_since = now
        elif before is SessionState.WATCHING:
            self.state = before
        elif self.world.own:
            self._play()
        elif before in (SessionState.PLAYING, SessionState.ENTERING):
            if (
                before is SessionState.PLAYING
                and (self.player_id, self.known_name) == self._player_before_loss
            ):
                self.notice = N_("It happened while you were away")
                self.state = SessionState.DEAD
            else:
                # A call that was on its way when the connection broke, or a server that has begun a new world.
                self.enter(self.name or "", now)
        else:
            self.state = before

    # -- the way in and out ------------------------------------------------------------------------------------

    def _entered(self, result: ReducerResult) -> None:
        if not result.committed and not result.may_have_committed:
            self._refused = result.message or result.outcome.value

    def _ejected(self, result: ReducerResult) -> None:
        if result.committed:
            self.world.account.ejected += 1

    def _not_entered(self, error: SpacetimeDBException) -> None:
        self._refused = str(error)

    def _proceed(self, connection: WorldConnection, now: float) -> None:
        match self.state:
            case SessionState.CONNECTING:
                self._begin_or_wait(connection, now)
            case SessionState.RECONNECTING if connection.is_applied:
                self._resume(now)
            case SessionState.ENTERING:
                if self.world.own:
                    self._play()
                elif self.world.account.deaths > self._deaths_before:
                    self.state = SessionState.DEAD
                elif self._refused is not None:
                    self._ask_again(self._refused)
                else:
                    self._check_patience(now, "it did not let the player in; is it a Blackholio module?")
            case SessionState.PLAYING if not self.world.own:
                self.state = SessionState.DEAD
            case _:
                pass  # the player plays, waits, or is dead: nothing changes by itself

    def _begin_or_wait(self, connection: WorldConnection, now: float) -> None:
        if self._asked_since is None:
            self._asked_since = now
        if not connection.is_applied or self.world.own_player_id is None:
            self._check_patience(now, "it answered but did not show the world; is it a Blackholio module?")
        elif self._settings.watch:
            self.state = SessionState.WATCHING
        elif self.world.own and (self.name is None or shown_name(self.name) == self.known_name):
            self.name = self.known_name
            self._play()
        elif self.name is not None:
            self.enter(self.name, now)
        else:
            self.state = SessionState.NAMING

    def _ask(self, now: float) -> None:
        self.state = SessionState.ENTERING
        self.notice = ""
        self._refused = None
        self._deaths_before = self.world.account.deaths
        self._asked_since = now

    def _play(self) -> None:
        self.state = SessionState.PLAYING
        self.notice = ""
        # A new circle rests until it is steered.
        self._sent_direction = None
        self.world.motion.forget()

    def _ask_again(self, reason: str) -> None:
        if self._settings.headless:
            raise EnterRefusedError(self.name or "", reason)
        self.notice = reason
        self.state = SessionState.NAMING

    def _check_patience(self, now: float, reason: str) -> None:
        if self._asked_since is not None and now - self._asked_since > _PATIENCE:
            raise ConnectError(self._settings.server, f"{reason} (database {self._settings.database!r})")
