"""The connection under a session: its client's tables are the world, wishes go out of it as reducer calls."""

from __future__ import annotations

import module_bindings
from spacetimedb_sdk import ClientStats, Identity, SpacetimeDBClient
from spacetimedb_sdk.reconnect import ReconnectPolicy

from .settings import PlaySettings
from .world import World

__all__ = ["RECONNECT", "RULES", "WorldConnection"]

# A player waits in front of the picture: the tries stay close together, so that the game goes on at once when the server
# is back.
RECONNECT = ReconnectPolicy(initial=0.1, factor=1.5, maximum=0.75)

# Seconds that a player looks at a spinner before the game says that there is no world.
_CONNECT_TIMEOUT = 5.0
_QUERIES = tuple(f"SELECT * FROM {table}" for table in ("config", "entity", "circle", "player", "food"))
# What a world says of its rules. An official one has no such tables, and refuses these alone.
RULES = tuple(f"SELECT * FROM {table}" for table in ("world_rules", "protection"))


class WorldConnection:
    """A client whose tables a `World` walks, also over a loss of the connection.

    `is_applied`: the rows of the subscription are there, and not from before a loss. `is_away`: the connection is lost
    and opened again by the SDK. `lost_reason`: why it ended for good. Everything is registered once: callbacks and
    subscriptions of a client outlive its connections.
    """

    def __init__(self, settings: PlaySettings, world: World) -> None:
        self._settings = settings
        self._world = world
        self._closing = False
        # Whether the first rows are here, of this connection: nothing is shown before.
        self.is_applied = False
        # From the loss of a connection to its return; rows stay on the screen meanwhile.
        self.is_away = False
        self.lost_reason: str | None = None
        self.received_at: float | None = None
        self._received = 0
        # Asked once: an official world refuses, and would again.
        self._has_asked_for_rules = False
        options = dict(settings.connect_options)
        if not settings.headless:
            options.setdefault("reconnect", RECONNECT)
        options.setdefault("timeout", _CONNECT_TIMEOUT)
        # The older official module counts with u32 where the newer one has i32; ids and masses are far below 2^31.
        options.setdefault("verify_schema", False)
        self.client = SpacetimeDBClient.init(
            settings.token,
            settings.server,
            settings.database,
            settings.server.startswith("https://"),
            module_bindings,
            on_disconnect=self._disconnected,
            on_identity=self._identified,
            **options,
        )
        self.reducers = module_bindings.Reducers(self.client)
        world.attach(module_bindings.Tables(self.client))
        self.client.register_on_subscription_applied(self._subscribed)
        self.client.subscribe(_QUERIES)

    @property
    def stats(self) -> ClientStats:
        """What the client has counted and measured, as of now."""
        return self.client.stats

    def update(self, now: float, *, wait: float | None = None) -> None:
        """Take in what has come; `received_at` is `now` if anything has. Raises what the client raises."""
        self.client.update(wait)
        received = self.client.stats.bytes_received
        if received != self._received or self.received_at is None:
            self._received, self.received_at = received, now

    def close(self) -> None:
        """End it; twice is fine."""
        self._closing = True
        self.client.close()

    def _identified(self, token: str, identity: Identity, address: object) -> None:
        self._world.identity = identity
        self.is_away = False
        self._settings.on_token(token)

    def _disconnected(self, message: str) -> None:
        if self._closing:
            return
        self.is_applied = False
        self.lost_reason = message
        self.is_away = self.client.state.value == "reconnecting"

    def _subscribed(self) -> None:
        self.is_applied = True
        if not self._has_asked_for_rules:
            self._has_asked_for_rules = True
            rules = self.client.subscriptions.add(RULES)
            rules.on_result(lambda _none: None, on_error=lambda error: None)
