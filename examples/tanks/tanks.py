"""Tanks: the window. Left and Right turn, Up and Down drive, Space fires.

python tanks.py [--server 127.0.0.1:3000] [--database tanks] [--name NAME] [--seconds S]
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from math import cos, sin
from time import monotonic

if find_spec("spacetimedb_sdk") is None:
    raise SystemExit(
        'The SDK is not installed: `pip install "../..[server,game]"` in this folder installs it.'
    )
if find_spec("pygame") is None:
    raise SystemExit(
        'pygame is not installed: `pip install "../..[server,game]"` in this folder installs it.'
    )

import pygame

import module_bindings
from module_bindings import Client, Hit, Tank
from spacetimedb_sdk import SpacetimeDBException
from spacetimedb_sdk.netcode import Interpolation

SIZE = (960, 640)
SAND, STONE, TEXT, MINE = (44, 40, 34), (112, 104, 92), (240, 232, 214), (255, 206, 92)
OTHERS = [(226, 92, 76), (98, 176, 232), (132, 200, 104), (198, 132, 220)]
SPARK_SECONDS = 0.5


class Game:
    """What is shown, drawn from the tables each frame; only what is no row any more is kept here: the sparks of hits."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.sparks: list[tuple[float, float, float]] = []
        self._held = (0.0, 0.0, False)
        self._font = pygame.font.Font(None, 24)
        # Tanks glide between the places that the server has sent; shells fly straight on.
        self.tanks: Interpolation[Tank] = Interpolation(lambda tank: (tank.x, tank.y))
        self.tanks.attach(client.db.tank)
        self.shells: Interpolation[module_bindings.Shell] = Interpolation(lambda shell: (shell.x, shell.y))
        self.shells.attach(client.db.shell)
        client.db.hit.on_insert(self._on_hit)

    def _on_hit(self, hit: Hit, _event: object) -> None:
        self.sparks.append((hit.x, hit.y, monotonic()))

    def steer(self, drive: float, turn: float, fires: bool) -> None:
        """What is held down, sent when it changes."""
        held = (drive, turn, fires)
        if held != self._held and self.client.is_connected:
            self._held = held
            self.client.reducers.control(*held)

    def draw(self, screen: pygame.Surface, now: float) -> None:
        self.tanks.settle(now)
        self.shells.settle(now)
        screen.fill(SAND)
        for wall in self.client.db.wall.iter():
            pygame.draw.rect(screen, STONE, (wall.x, wall.y, wall.width, wall.height), border_radius=6)
        for shell in self.client.db.shell.iter():
            pygame.draw.circle(screen, TEXT, self.shells.at(shell, now), 4)
        for tank in self.client.db.tank.iter():
            self._draw_tank(screen, tank, now)
        self.sparks = [spark for spark in self.sparks if now - spark[2] < SPARK_SECONDS]
        for x, y, at in self.sparks:
            age = (now - at) / SPARK_SECONDS
            pygame.draw.circle(screen, MINE, (x, y), 8 + 40 * age, width=max(1, int(6 * (1 - age))))
        best = sorted(self.client.db.tank.iter(), key=lambda tank: -tank.score)[:8]
        for line, tank in enumerate(best):
            label = self._font.render(f"{tank.score:3d}  {tank.name}", True, self._colour(tank))
            screen.blit(label, (16, 14 + 22 * line))
        if not self.client.is_connected:
            screen.blit(self._font.render("connecting ...", True, TEXT), (SIZE[0] // 2 - 50, SIZE[1] // 2))

    def _draw_tank(self, screen: pygame.Surface, tank: Tank, now: float) -> None:
        x, y = self.tanks.at(tank, now)
        colour, (ahead_x, ahead_y) = self._colour(tank), (cos(tank.angle), sin(tank.angle))
        corners = [
            (
                x + ahead_x * along * 18 - ahead_y * across * 14,
                y + ahead_y * along * 18 + ahead_x * across * 14,
            )
            for along, across in ((1, 1), (1, -1), (-1, -1), (-1, 1))
        ]
        pygame.draw.polygon(screen, colour, corners)
        pygame.draw.polygon(screen, SAND, corners, width=2)
        pygame.draw.line(screen, TEXT, (x, y), (x + ahead_x * 24, y + ahead_y * 24), 5)
        pygame.draw.circle(screen, TEXT, (x, y), 8)
        name = self._font.render(tank.name, True, TEXT)
        screen.blit(name, (x - name.get_width() / 2, y + 22))

    def _colour(self, tank: Tank) -> tuple[int, int, int]:
        if tank.identity == self.client.identity:
            return MINE
        return OTHERS[int(str(tank.identity)[-2:], 16) % len(OTHERS)]


def connect(server: str, database: str, name: str) -> Client:
    def on_connect() -> None:
        client.subscribe([f"SELECT * FROM {table}" for table in ("wall", "tank", "shell", "hit")])
        client.reducers.join(name)

    client = module_bindings.connect(server, database, on_connect=on_connect)
    return client


def play(client: Client, seconds: float | None) -> None:
    """The main loop, until the window is closed."""
    screen = pygame.display.set_mode(SIZE)
    pygame.display.set_caption("Tanks")
    game, clock, began = Game(client), pygame.time.Clock(), monotonic()
    while seconds is None or monotonic() - began < seconds:
        if any(event.type == pygame.QUIT for event in pygame.event.get()):
            return
        client.update(budget=0.004)
        keys = pygame.key.get_pressed()
        game.steer(
            float(keys[pygame.K_UP]) - float(keys[pygame.K_DOWN]),
            float(keys[pygame.K_RIGHT]) - float(keys[pygame.K_LEFT]),
            bool(keys[pygame.K_SPACE]),
        )
        game.draw(screen, monotonic())
        pygame.display.flip()
        clock.tick(60)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", default="127.0.0.1:3000")
    parser.add_argument("--database", default="tanks")
    parser.add_argument("--name", default="You")
    parser.add_argument("--seconds", type=float, help="end after so long")
    options = parser.parse_args()
    pygame.init()
    try:
        with connect(options.server, options.database, options.name) as client:
            play(client, options.seconds)
    except SpacetimeDBException as error:
        print(f"tanks.py: {error}", file=sys.stderr)
        return 3
    finally:
        pygame.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
