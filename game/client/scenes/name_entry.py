"""The first thing a player sees: the title, and the question for a name."""

from __future__ import annotations

import pygame

from game.world.palette import ACCENT, INK, INK_SOFT, SPACE, WARNING, Colour
from game.world.session import MAX_NAME_LENGTH

from ..render.hud import ui_unit
from ..stage import Stage
from ..ui.panel import rounded_panel
from ..ui.text import TextStyle, printable

__all__ = ["NameEntryScene"]

_CARET_SECONDS = 0.53


class NameEntryScene:
    """Title, name and Play over the living arena. Return or a click on Play enters, with or without a name."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.name = ""

    def enter(self) -> None:
        if not self.name:
            self.name = (self._stage.session.name or self._stage.session.known_name)[:MAX_NAME_LENGTH]
        pygame.key.start_text_input()

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.TEXTINPUT:
            self.name = (self.name + printable(event.text))[:MAX_NAME_LENGTH].lstrip()
        elif event.type == pygame.KEYDOWN:
            if event.key == pygame.K_BACKSPACE:
                self.name = self.name[:-1]
            elif event.key in (pygame.K_RETURN, pygame.K_KP_ENTER):
                self._play()
        elif event.type == pygame.MOUSEMOTION:
            self._stage.input.feed(event, self._stage.window)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            _, button = _places(self._stage.window)
            if button.collidepoint(event.pos):
                self._play()

    def update(self, now: float, elapsed: float) -> None:
        self._stage.update(now, elapsed, ())

    def draw(self, screen: pygame.Surface) -> None:
        stage = self._stage
        unit = ui_unit(screen.get_size())
        stage.draw_world(screen, dim=0.5, names=False)
        middle = screen.get_height() / 2
        stage.draw_title(screen, "BLACKHOLIO", y=middle - 150 * unit, size=round(126 * unit))
        stage.draw_text(
            screen,
            "Eat what is smaller. Flee what is not.",
            y=middle - 82 * unit,
            size=round(28 * unit),
            colour=ACCENT,
        )
        box, button = _places(screen.get_size())
        screen.blit(
            rounded_panel(box.size, radius=round(16 * unit), alpha=225, edge=ACCENT, edge_alpha=150), box
        )
        self._draw_name(screen, box, unit)
        screen.blit(
            rounded_panel(
                button.size, radius=round(16 * unit), colour=ACCENT, alpha=235, edge=INK, edge_alpha=120
            ),
            button,
        )
        self._draw_label(screen, "PLAY", button, round(34 * unit), SPACE)
        notice = stage.session.notice
        stage.draw_text(
            screen,
            notice or "Move with the mouse   ·   Space splits   ·   S ends a run   ·   Q holds the course",
            y=button.bottom + 52 * unit,
            size=round(22 * unit),
            colour=WARNING if notice else INK_SOFT,
        )

    def _play(self) -> None:
        self._stage.session.enter(self.name.strip(), self._stage.now)

    def _draw_name(self, screen: pygame.Surface, box: pygame.Rect, unit: float) -> None:
        room = box.width - round(40 * unit)
        size = round(36 * unit)
        if self.name:
            face = self._stage.texts.fit(self.name, size, room, colour=INK)
        else:
            face = self._stage.texts.fit("Your name", size, room, colour=INK_SOFT)
        place = face.get_rect(center=box.center)
        screen.blit(face, place)
        if self._stage.now % (2 * _CARET_SECONDS) < _CARET_SECONDS:
            x = place.right + round(3 * unit) if self.name else place.left - round(6 * unit)
            height = round(30 * unit)
            screen.fill(ACCENT, (x, box.centery - height // 2, max(2, round(2 * unit)), height))

    def _draw_label(
        self, screen: pygame.Surface, text: str, place: pygame.Rect, size: int, colour: Colour
    ) -> None:
        face = self._stage.texts.render(text, size, colour=colour, style=TextStyle.PLAIN)
        screen.blit(face, face.get_rect(center=place.center))


def _places(window: tuple[int, int]) -> tuple[pygame.Rect, pygame.Rect]:
    """Where the name and the Play button are, for drawing and for clicks alike."""
    unit = ui_unit(window)
    centre_x, centre_y = window[0] // 2, window[1] // 2
    box = pygame.Rect(0, 0, round(420 * unit), round(64 * unit))
    box.center = (centre_x, round(centre_y + 4 * unit))
    button = pygame.Rect(0, 0, round(220 * unit), round(60 * unit))
    button.center = (centre_x, round(centre_y + 92 * unit))
    return box, button
