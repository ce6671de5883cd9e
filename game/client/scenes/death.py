"""The end of a life, and the way back."""

from __future__ import annotations

import pygame

from game.world.leaderboard import NAMELESS
from game.world.model import Death
from game.world.palette import ACCENT, INK, INK_SOFT, WARNING

from ..render.hud import ui_unit
from ..stage import Stage
from ..ui.panel import rounded_panel
from ..ui.title import glowing_title

__all__ = ["DeathScene"]

# A hand that hammers Space to flee must not skip its own death.
_PAUSE_SECONDS = 0.6


class DeathScene:
    """Says who ate the player and what the life amounted to; Space or a click begins the next one.

    With `respawns` it goes on by itself.
    """

    def __init__(self, stage: Stage, *, respawns: bool = False) -> None:
        self._stage = stage
        self._respawns = respawns
        self._since: float | None = None

    def enter(self) -> None:
        self._since = None
        self._stage.input.drop_presses()

    def handle(self, event: pygame.event.Event) -> None:
        self._stage.input.feed(event, self._stage.window)
        wants = event.type == pygame.MOUSEBUTTONDOWN and event.button == 1
        if event.type == pygame.KEYDOWN:
            wants = event.key in (pygame.K_SPACE, pygame.K_RETURN, pygame.K_KP_ENTER)
        if wants and self._is_ready():
            self._stage.input.ask_respawn()

    def update(self, now: float, elapsed: float) -> None:
        if self._since is None:
            self._since = now
        stage = self._stage
        death = stage.session.world.death
        eater = death.eater if death is not None else None
        tracks = [track for track in stage.session.world.circles.values() if track.player_id == eater]
        stage.update(now, elapsed, tracks)
        if self._respawns and self._is_ready():
            stage.input.ask_respawn()

    def draw(self, screen: pygame.Surface) -> None:
        stage = self._stage
        stage.draw_world(screen, dim=0.5)
        stage.hud.draw_leaderboard(screen, stage.rows)
        death = stage.session.world.death
        if death is None:
            return
        unit = ui_unit(screen.get_size())
        width, height = round(470 * unit), round(290 * unit)
        panel = rounded_panel((width, height), radius=round(22 * unit), alpha=205)
        place = panel.get_rect(center=(screen.get_width() // 2, screen.get_height() // 2))
        screen.blit(panel, place)
        self._draw_words(screen, death, place, unit)

    def _is_ready(self) -> bool:
        return self._since is not None and self._stage.now - self._since >= _PAUSE_SECONDS

    def _draw_words(self, screen: pygame.Surface, death: Death, place: pygame.Rect, unit: float) -> None:
        stage = self._stage
        names = stage.session.world.names
        room = place.width - round(48 * unit)
        if death.eater is None:
            title, eater = "RUN ENDED", "You gave yourself back to space"
        else:
            title, eater = "EATEN", f"by {names.get(death.eater) or NAMELESS}"
        lines = [
            (glowing_title(stage.texts, title, round(64 * unit), place.width, colour=INK, glow=WARNING), 52),
            (stage.texts.fit(eater, round(30 * unit), room, colour=INK), 100),
            (stage.texts.render("Space or click to play again", round(26 * unit), colour=ACCENT), 244),
        ]
        for surface, y in lines:
            screen.blit(surface, surface.get_rect(center=(place.centerx, place.top + round(y * unit))))
        minutes, seconds = divmod(round(death.lived), 60)
        facts = (
            ("LARGEST MASS", str(death.peak_mass)),
            ("FOOD", str(death.food_eaten)),
            ("PLAYERS", str(death.meals)),
            ("LIVED", f"{minutes}:{seconds:02}"),
        )
        column = room / len(facts)
        for index, (label, number) in enumerate(facts):
            x = place.left + 24 * unit + column * (index + 0.5)
            face = stage.texts.fit(number, round(36 * unit), round(column), colour=INK)
            screen.blit(face, face.get_rect(center=(round(x), place.top + round(162 * unit))))
            name = stage.texts.fit(label, round(17 * unit), round(column) - 4, colour=INK_SOFT)
            screen.blit(name, name.get_rect(center=(round(x), place.top + round(192 * unit))))
