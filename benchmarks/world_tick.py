"""How long one tick of the world takes: 100 players with three circles each, all moving and steering, and 600 food.

    python -m benchmarks.world_tick [--players N] [--circles N] [--ticks N] [--rules NAME]

Prints milliseconds, median and 99th percentile: of the tick alone, and of everything that falls due with it (the tick,
its meals, food, decay). Transactions are included, the network is not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin
from random import Random
from time import perf_counter

from game.rules.sets import arcade, official
from game.rules.sets.official import RULES
from game.rules.tables import Circle, DbVector2, Entity, Food, Player
from spacetimedb_sdk.module import ConnectionId, Identity, Tables, Timestamp
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.engine.calls import Transaction

__all__ = ["TickTimes", "measure"]

_MODULES = {"arcade": arcade.module, "official": official.module}
_TICKS_PER_INPUT = 2
_MOST_MASS = 200


@dataclass(frozen=True, slots=True)
class TickTimes:
    """Milliseconds of each tick, sorted: of `move_all_players` alone, and of all that fell due with it."""

    alone: tuple[float, ...]
    whole: tuple[float, ...]


def measure(
    *,
    players: int = 100,
    circles: int = 3,
    ticks: int = 400,
    seed: int = 1,
    rules: str = "official",
    timer: Callable[[], float] = perf_counter,
) -> TickTimes:
    """Run a crowded world in process and time its ticks; `timer` is what their `whole` is measured by."""
    random = Random(seed)
    now = 1_700_000_000_000_000
    database = Database(_MODULES[rules], clock=lambda: now, seed=seed)
    identities = [Identity.from_bytes(number.to_bytes(32, "big")) for number in range(1, players + 1)]
    for number, identity in enumerate(identities, start=1):
        database.connect(identity, _connection(number))
        database.call("enter_game", f"Player {number}", sender=identity)
    alone: list[float] = []
    whole: list[float] = []

    def note(transaction: Transaction) -> None:
        if transaction.call.name == "move_all_players":
            alone.append(transaction.duration_micros / 1000.0)

    database.on_commit = note
    for tick in range(ticks):
        if tick % _TICKS_PER_INPUT == 0:
            for identity in identities:
                angle = random.uniform(-pi, pi)
                database.call("update_player_input", DbVector2(cos(angle), sin(angle)), sender=identity)
        _keep_crowded(database, circles, random, now)
        now += RULES.tick_interval
        began = timer()
        database.run_scheduled(now)
        whole.append((timer() - began) * 1000.0)
    assert len(database.rows(Circle)) >= players
    assert len(database.rows(Food)) >= 500
    return TickTimes(tuple(sorted(alone)), tuple(sorted(whole)))


def _keep_crowded(database: Database, circles: int, random: Random, now: int) -> None:
    """Give every player as many circles, and the world as much food, as there should be, and no player too much mass."""

    def work(tables: Tables) -> None:
        for circle in database.rows(Circle):
            entity = tables[Entity].get(circle.entity_id)
            if entity is not None and entity.mass > _MOST_MASS:
                tables[Entity].update(entity.replace(mass=RULES.start_mass))
        for player in database.rows(Player):
            for _ in range(circles - len(tables[Circle].filter(player_id=player.player_id))):
                position = DbVector2(random.uniform(20.0, 980.0), random.uniform(20.0, 980.0))
                entity = tables[Entity].insert(
                    Entity(0, position, random.randint(RULES.start_mass, _MOST_MASS))
                )
                angle = random.uniform(-pi, pi)
                direction = DbVector2(cos(angle), sin(angle))
                tables[Circle].insert(
                    Circle(entity.entity_id, player.player_id, direction, 1.0, Timestamp(now))
                )

        for _ in range(RULES.food_count - tables[Food].count()):
            position = DbVector2(random.uniform(2.0, 998.0), random.uniform(2.0, 998.0))
            tables[Food].insert(Food(tables[Entity].insert(Entity(0, position, 2)).entity_id))

    database.datastore.transact(lambda: work(database.datastore.tables))


def _connection(number: int) -> ConnectionId:
    connection = ConnectionId.from_bytes(number.to_bytes(16, "big"))
    assert connection is not None
    return connection


def _percentile(times: tuple[float, ...], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--players", type=int, default=100)
    parser.add_argument("--circles", type=int, default=3)
    parser.add_argument("--ticks", type=int, default=400)
    parser.add_argument("--rules", choices=_MODULES, default="official")
    options = parser.parse_args()
    times = measure(
        players=options.players, circles=options.circles, ticks=options.ticks, rules=options.rules
    )
    for what, values in (("tick alone", times.alone), ("everything due", times.whole)):
        p50, p99 = _percentile(values, 0.5), _percentile(values, 0.99)
        sys.stdout.write(f"{what:15} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
