"""A match of bots in lock step as a moving picture, seen by one of them: the clip of the documentation.

    python -m benchmarks.clip FILE.webp [--seed N] [--after SECONDS] [--seconds N] [--picture SECONDS FILE.png ...]

Needs pillow, which is no part of the project. `--picture` keeps single frames in full size, at seconds of the clip.
"""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

import module_bindings
from benchmarks.match import TICK_SECONDS, Match
from game.bots.mind import Mind
from game.bots.swarm import drawn_bots
from game.client.arena_stage import ArenaStage
from game.match.session import Session
from game.match.settings import PlaySettings
from game.presentation.sound_cues import SoundCues

__all__ = ["main"]

SIZE = (1280, 720)
CLIP = (640, 360)


def frames(seed: int, after: float, seconds: float, pictures: dict[float, Path]) -> list[pygame.Surface]:
    """One picture for each tick of the match, which has gone on for `after` seconds."""
    screen = pygame.display.set_mode(SIZE)
    session = Session(PlaySettings.without_server())
    world, taken = session.world, []
    with Match("normal", "arcade", bots=60, seed=seed) as match:
        stage = ArenaStage(session, window=SIZE)
        cues = SoundCues(world)
        world.identity = match.join("Ada", Mind(next(drawn_bots(1, "hard", seed))[1]))
        world.attach(module_bindings.Tables(match.world.clients[0]))
        for _ in range(round((after + seconds) / TICK_SECONDS)):
            now = match.seconds
            world.begin(now)
            match.run(TICK_SECONDS)
            world.settle()
            world.advance(now)
            stage.screen_shake.feel(tuple(cues.cues(stage.camera)), now)
            stage.update(now, TICK_SECONDS, world.own.values())
            if now < after:
                continue
            stage.draw_world(screen)
            stage.draw_playing(screen)
            taken.append(pygame.transform.smoothscale(screen, CLIP))
            for second in [second for second in pictures if now - after >= second]:
                pygame.image.save(screen, str(pictures.pop(second)))
    return taken


def main() -> int:
    try:
        image = import_module("PIL.Image")
    except ImportError:
        raise SystemExit("pillow writes the file: pip install pillow") from None

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--after", type=float, default=60.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--quality", type=int, default=40)
    parser.add_argument("--picture", nargs=2, action="append", default=[], metavar=("SECONDS", "FILE"))
    given = parser.parse_args()
    pygame.display.init()
    pygame.font.init()
    pictures = {float(second): Path(file) for second, file in given.picture}
    taken = frames(given.seed, given.after, given.seconds, pictures)
    images = [image.frombytes("RGB", CLIP, pygame.image.tobytes(frame, "RGB")) for frame in taken]
    images[0].save(
        given.file,
        save_all=True,
        append_images=images[1:],
        duration=round(TICK_SECONDS * 1000),
        loop=0,
        quality=given.quality,
        method=4,
    )
    print(f"{given.file}: {len(images)} frames, {given.file.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
