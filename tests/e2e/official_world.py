"""A world of the official Blackholio module on a real SpacetimeDB, and who plays in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import hypot
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

from game.match.intent import Intent
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from spacetimedb_sdk.http import HttpClient
from tests.plugins.waiting import until

FASTEST_STEP = 10.0
# Two met the same food in one tick; who was to eat was eaten before, which a busy machine makes likely; a player came who is there.
REFUSALS = (
    "Consumed entity doesn't exist",
    "Consumer entity doesn't exist",
    "insertion error on table `player`:duplicate unique column",
)


class World:
    """A database of the official module: `server` is HOST:PORT."""

    def __init__(self, url: str, wasm: Path) -> None:
        self.server = url.rstrip("/").rpartition("/")[2]
        self.database = f"blackholio-{uuid4().hex[:12]}"
        self._url = f"{url.rstrip('/')}/v1/database/{self.database}"
        self._token = HttpClient(url, timeout=600.0).identity().token
        self._http = HttpClient(url, self._token, timeout=600.0)
        self._http.publish(self.database, wasm.read_bytes())

    def join(self, name: str | None, *, token: str | None = None, protocol: str | None = None) -> Player:
        """Somebody who has asked to be let in."""
        return Player(self, name, token, protocol)

    def sql(self, statement: str) -> list[Any]:
        """The rows that the owner is shown."""
        (answer,) = self._http.sql(self.database, statement)
        rows: list[Any] = answer["rows"]
        return rows

    def call(self, reducer: str, *arguments: object) -> None:
        """Call it as the owner, who is no player."""
        self._http.call(self.database, reducer, arguments)

    def complaints(self) -> list[str]:
        """What the module has called an error, but for its ways of saying no."""
        lines = self._http.logs(self.database)
        errors = [str(line["message"]) for line in lines if line["level"] in ("Error", "Panic")]
        return [error for error in errors if error not in REFUSALS]

    def delete(self) -> None:
        """End it: its timers would go on for ever."""
        request = Request(self._url, method="DELETE", headers={"Authorization": f"Bearer {self._token}"})
        with urlopen(request, timeout=600.0) as answer:
            answer.read()


class Player:
    """A session that is updated until something holds."""

    def __init__(self, world: World, name: str | None, token: str | None, protocol: str | None) -> None:
        self.tokens: list[str] = []
        self.session = Session(
            PlaySettings(
                server=world.server,
                database=world.database,
                name=name,
                token=token,
                on_token=self.tokens.append,
                connect_options={} if protocol is None else {"protocol": protocol},
            )
        )
        self.session.open()

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.session.close()

    def until(self, holds: Callable[[], bool], *others: Player) -> None:
        until(holds, self.session, *(player.session for player in others))

    def until_it_is(self, state: SessionState) -> None:
        self.until(lambda: self.session.state is state)

    def wish(self, intent: Intent) -> None:
        self.session.send(intent, time.monotonic())

    def head_for(self, x: float, y: float) -> None:
        """Steer the heaviest circle to a place, at its leisure for the last step: faster, it would circle around it."""
        me = max(self.session.world.own.values(), key=lambda track: track.mass, default=None)
        if me is not None:
            distance = max(hypot(x - me.x, y - me.y), FASTEST_STEP)
            self.wish(Intent(direction=((x - me.x) / distance, (y - me.y) / distance)))

    def grazed(self) -> int:
        """Steer to the nearest food that is not in a corner, where a heavy circle does not fit; the mass so far."""
        world = self.session.world
        me = max(world.own.values(), key=lambda track: track.mass, default=None)
        reachable = [food for food in world.food.values() if min(food.x, world.size - food.x) > 20.0]
        if me is not None and reachable:
            food = min(reachable, key=lambda track: hypot(track.x - me.x, track.y - me.y))
            self.head_for(food.x, food.y)
        return world.own_mass()
