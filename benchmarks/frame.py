"""The work of one frame of the game, beside a bare loop that only blits as many sprites and names.

    python benchmarks/frame.py [--frames N]

At 1280 x 720 on a software surface, SDL's dummy driver. `entities`: a thousand of them on the screen. `bots`: a hundred
circles with names that the server moves 20 times a second, among six hundred pieces of food. A frame is: taking in the
rows that are due, moving what is shown, drawing, flipping.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from game.client.arena_stage import ArenaStage
from game.match.session import Session
from game.match.settings import PlaySettings
from game.match.tables import LocalTables
from game.match.world import World
from module_bindings import Circle, Config, DbVector2, Entity, Food, Player
from spacetimedb_sdk.types import Identity, Timestamp

__all__ = ["main"]

SIZE = (1280, 720)
TICK_FRAMES = 3
FRAME = 1 / 60
LIMITS = {"entities": 6.0, "bots": 10.0}
MOST_TIMES_BARE = 4.0


class Crowd:
    """Circles and food around the middle of the world, moved by rows as a server would."""

    def __init__(self, world: World, *, circles: int, food: int, reach: float) -> None:
        self._world = world
        self._tables = tables = LocalTables()
        self._chance = random.Random(1)
        world.attach(tables)
        world.begin(0.0)
        tables.config.put(Config(id=0, world_size=1000))
        for number in range(circles):
            identity = Identity(number.to_bytes(32, "big"))
            tables.player.put(Player(identity, number, f"Player {number}"))
            entity_id = self._entity(reach, self._chance.randrange(20, 200))
            tables.circle.put(Circle(entity_id, number, DbVector2(1.0, 0.0), 1.0, Timestamp(0)))
        for _ in range(food):
            tables.food.put(Food(self._entity(reach, 2)))
        world.identity = Identity(bytes(32))
        world.settle()

    def _entity(self, reach: float, mass: int) -> int:
        number = self._tables.entity.count() + 1
        x, y = (500 + self._chance.uniform(-1, 1) * size for size in (reach * 1.7, reach))
        self._tables.entity.put(Entity(number, DbVector2(x, y), mass))
        return number

    def tick(self, now: float) -> None:
        """Move every circle a little, as one transaction."""
        self._world.begin(now)
        for circle in self._tables.circle.iter():
            old = self._world.entities[circle.entity_id]
            way = self._chance.uniform(-1, 1)
            place = DbVector2(old.position.x + way, old.position.y - way)
            self._tables.entity.put(Entity(old.entity_id, place, old.mass))


def drawn(
    stage: ArenaStage,
    screen: pygame.Surface,
    crowd: Crowd,
    frames: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Milliseconds of each frame, once everything that is kept has been made."""
    times = []
    world = stage.session.world
    for number in range(frames + 30):
        now = number * FRAME
        began = clock()
        if number % TICK_FRAMES == 0:
            crowd.tick(now)
        # Every frame walks the tables, whether rows have come or not.
        world.settle()
        stage.update(now, FRAME, stage.session.world.own.values())
        stage.draw_world(screen)
        stage.draw_playing(screen)
        pygame.display.flip()
        if number >= 30:
            times.append((clock() - began) * 1e3)
    return times


def bare(screen: pygame.Surface, *, circles: int, food: int, frames: int) -> list[float]:
    """The same number of sprites of common sizes, names and a background, blitted at places known beforehand."""
    chance = random.Random(1)
    background = pygame.Surface(SIZE).convert()
    names = [
        pygame.font.Font(None, 24).render(f"Player {n}", True, (255, 255, 255)).convert_alpha()
        for n in range(circles)
    ]
    small, large = (pygame.Surface((side, side), pygame.SRCALPHA).convert_alpha() for side in (14, 70))
    for sprite in (small, large):
        pygame.draw.circle(sprite, (200, 90, 90), sprite.get_rect().center, sprite.get_width() // 2)

    def places(count: int) -> list[tuple[int, int]]:
        return [(chance.randrange(SIZE[0]), chance.randrange(SIZE[1])) for _ in range(count)]

    foods = [(small, place) for place in places(food)]
    bodies = [(large, place) for place in places(circles)]
    labels = [(name, place) for name, place in zip(names, places(circles), strict=True)]
    times = []
    for _ in range(frames):
        began = time.perf_counter()
        screen.blit(background, (0, 0))
        for blits in (foods, bodies, labels):
            screen.blits(blits, False)
        pygame.display.flip()
        times.append((time.perf_counter() - began) * 1e3)
    return times


def walk(stage: ArenaStage, crowd: Crowd, frames: int) -> list[float]:
    """Milliseconds of the walk over the tables, and of moving what is shown: a frame without its drawing."""
    world, times = stage.session.world, []
    for number in range(frames):
        crowd.tick(60.0 + number * FRAME)
        began = time.perf_counter()
        world.settle()
        world.advance(60.0 + number * FRAME)
        times.append((time.perf_counter() - began) * 1e3)
    return times


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def case(name: str, *, circles: int, food: int, reach: float, frames: int) -> Callable[[], bool]:
    def run() -> bool:
        screen = pygame.display.set_mode(SIZE)
        session = Session(PlaySettings(server="127.0.0.1:1", on_token=lambda token: None))
        stage = ArenaStage(session, window=SIZE)
        crowd = Crowd(session.world, circles=circles, food=food, reach=reach)
        ours = drawn(stage, screen, crowd, frames)
        floor = bare(screen, circles=circles, food=food, frames=frames)
        p99, ratio = percentile(ours, 0.99), median(ours) / median(floor)
        met = p99 <= LIMITS[name] and ratio <= MOST_TIMES_BARE
        print(
            f"{name:10} p50 {median(ours):5.2f} ms   p99 {p99:5.2f} ms (<= {LIMITS[name]:g})   "
            f"bare p50 {median(floor):5.2f} ms   {ratio:.2f}x (<= {MOST_TIMES_BARE:g}){'' if met else '   MISSED'}"
        )
        return met

    return run


def sizes(frames: int) -> None:
    """The CPU of a frame with a hundred bots among nine hundred pieces of food, by window and quality."""
    for size, budget in (((1280, 720), 5.0), ((2560, 1440), 10.0), ((3840, 2160), 16.0)):
        for quality in ("full", "balanced", "fast"):
            screen = pygame.display.set_mode(size)
            session = Session(PlaySettings(server="127.0.0.1:1", on_token=lambda token: None))
            stage = ArenaStage(session, window=size)
            stage.quality.chosen = quality
            crowd = Crowd(session.world, circles=100, food=900, reach=110.0)
            times = drawn(stage, screen, crowd, frames, time.process_time)
            walks = walk(stage, crowd, frames)
            print(
                f"{size[0]}x{size[1]} {quality:8} p50 {median(times):5.2f} ms   p99 {percentile(times, 0.99):5.2f} ms "
                f"(<= {budget:g})   the walk p50 {median(walks):4.2f} ms"
            )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=600)
    frames = parser.parse_args().frames
    pygame.display.init()
    pygame.font.init()
    for run in (
        case("entities", circles=10, food=990, reach=70.0, frames=frames),
        case("bots", circles=100, food=600, reach=110.0, frames=frames),
    ):
        run()
    sizes(frames // 4)
    pygame.quit()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
