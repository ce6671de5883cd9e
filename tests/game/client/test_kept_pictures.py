"""However long a match is, what is kept for the next frame stays within bounds."""

from __future__ import annotations

import random

import pygame

from game.client.arena_stage import ArenaStage
from game.client.ui import panel
from game.match.session import Session
from tests.game.client.conftest import make_settings
from tests.game.world_rows import WorldRows

FRAMES = 80  # after 40 the caches are full


def test_nothing_grows_while_everything_changes() -> None:
    """Masses, names, sizes and numbers that are others in every frame: an hour has no more of them in its caches."""
    screen = pygame.display.set_mode((1280, 720))
    session = Session(make_settings())
    rows = WorldRows(session.world)
    stage = ArenaStage(session, window=screen.get_size())
    rows.player(1, "Me", own=True)
    circles = [rows.circle(player_id, 480 + player_id, 500, 20) for player_id in range(1, 13)]
    rows.scatter_food(100)
    rows.settle()
    sprites, texts = stage._arena._sprites, stage.texts
    caches = (sprites._sprites, sprites._tinted, texts._surfaces)
    chance = random.Random(5)
    sizes = []
    for frame in range(FRAMES):
        now = frame / 20
        rows.begin(now)
        for player_id, circle in enumerate(circles, 1):
            rows.player(player_id, f"{chance.randrange(10**9)}", own=player_id == 1)
            x, y = 500 + chance.uniform(-90, 90), 500 + chance.uniform(-60, 60)
            rows.move(circle, x, y, mass=chance.randrange(15, 4000))
        rows.settle()
        stage.camera.zoom_by(chance.uniform(-3, 3))
        stage.update(now, 1 / 20, session.world.own.values())
        stage.draw_world(screen)
        stage.draw_playing(screen)
        assert all(cache._bytes <= cache._limit for cache in caches)
        sizes.append((len(texts._fonts), len(stage._arena._labels._kept)))
    assert all(cache._bytes > cache._limit / 2 for cache in caches), (
        "so little does not show that it is bounded"
    )
    for kept in (panel.rounded_panel, panel._solid, panel._shade):
        info = kept.cache_info()
        assert info.maxsize is not None
        assert info.currsize <= info.maxsize
    # Sizes of letters go in steps, and labels are those of the circles that are seen.
    fonts, labels = zip(*sizes, strict=True)
    assert max(fonts) < 60
    assert max(labels) <= len(circles)
