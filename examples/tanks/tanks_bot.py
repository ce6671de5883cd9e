"""Bots for tanks: each turns to the nearest tank, drives at it and fires.

python tanks_bot.py [--server 127.0.0.1:3000] [--database tanks] [--count N] [--seconds S]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from math import atan2, hypot, pi

if find_spec("spacetimedb_sdk") is None:
    raise SystemExit(
        'The SDK is not installed: `pip install "../..[server,game]"` in this folder installs it.'
    )

import module_bindings
from module_bindings import Tank
from spacetimedb_sdk import SpacetimeDBException

AIMED = 0.12  # radians off, at which a shell still meets its mark


def decide(me: Tank, others: Iterable[Tank]) -> tuple[float, float, bool]:
    """Drive, turn and fire: at the nearest other tank; round and round where there is none."""
    mark = min(others, key=lambda tank: hypot(tank.x - me.x, tank.y - me.y), default=None)
    if mark is None:
        return 0.5, 0.3, False
    off = (atan2(mark.y - me.y, mark.x - me.x) - me.angle + pi) % (2 * pi) - pi
    distance = hypot(mark.x - me.x, mark.y - me.y)
    drive = 1.0 if distance > 140 and abs(off) < 0.8 else 0.0
    return drive, max(-1.0, min(1.0, off * 3)), abs(off) < AIMED


async def play(name: str, server: str, database: str) -> None:
    """Play until the task is cancelled."""
    async with module_bindings.connect_async(server, database) as bot:
        await bot.subscriptions.add(["SELECT * FROM tank"])
        await bot.reducers.join(name)
        last = None
        while True:
            me = bot.db.tank.find(identity=bot.identity)
            if me is not None:
                held = decide(me, (tank for tank in bot.db.tank.iter() if tank.identity != me.identity))
                if held != last:
                    last = held
                    bot.reducers.control(*held)
            await asyncio.sleep(0.1)


async def swarm(count: int, server: str, database: str, seconds: float | None) -> None:
    bots = [play(f"bot {number}", server, database) for number in range(1, count + 1)]
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*bots)
    except TimeoutError:
        return


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", default="127.0.0.1:3000")
    parser.add_argument("--database", default="tanks")
    parser.add_argument("--count", type=int, default=3, help="how many (%(default)s)")
    parser.add_argument("--seconds", type=float, help="end after so long")
    options = parser.parse_args()
    try:
        asyncio.run(swarm(options.count, options.server, options.database, options.seconds))
    except SpacetimeDBException as error:
        print(f"tanks_bot.py: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
