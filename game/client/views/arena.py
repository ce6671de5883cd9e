"""Arena view: the own circles in the arena, and what a player has over it."""

from __future__ import annotations

import pygame

from game.language import gettext
from game.match.observation import SPLIT_MASS
from game.presentation.goals import goal_line
from game.presentation.palette import ACCENT, INK_SOFT, WARNING
from game.presentation.words.hints import HINT_SECONDS, hints

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..render.hud import beside_board, ui_unit
from ..ui.paragraph import draw_paragraph
from .view import SessionView

__all__ = ["ArenaView"]

# A server of Blackholio speaks 20 times a second: after this silence something is wrong.
_SILENCE_SECONDS = 2.0


class ArenaView(SessionView):
    """The arena with the own circles in the middle, the leaderboard and the own mass."""

    def __init__(self, context: AppContext, stage: ArenaStage) -> None:
        super().__init__(context, stage)
        self._played = 0.0
        self._lived = 0.0

    def enter(self) -> None:
        self._lived = 0.0
        self.stage.input.drop_presses()

    def update(self, now: float, elapsed: float) -> None:
        super().update(now, elapsed)
        self._lived += elapsed
        if self.context.preferences.seen_hints or self.stage.input.is_resting or self.stage.net_hud_shown:
            return
        self._played += elapsed
        if self._played >= HINT_SECONDS * len(self._hints()):
            self.context.change(seen_hints=True)

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEWHEEL:
            self.stage.camera.zoom_by(event.y)
        self.stage.input.feed(event, self.stage.window)

    def draw(self, screen: pygame.Surface) -> None:
        stage = self.stage
        stage.draw_world(screen)
        stage.draw_playing(screen, uses_pad=self.context.uses_pad)
        if stage.input.ending > 0.0:
            stage.hud.draw_ending(screen, stage.input.ending)
        unit = ui_unit(screen.get_size())
        text = self._hint()
        # It would lie on the network numbers: who reads those has time for it afterwards.
        if text and not stage.net_hud_shown:
            draw_paragraph(
                screen,
                stage.texts,
                text,
                top=round(screen.get_height() * 0.1),
                unit=unit,
                colour=ACCENT,
                size=28,
                between=beside_board(screen.get_size()),
                on_ground=True,
            )
        silence = stage.session.silent_for(stage.now)
        if silence > _SILENCE_SECONDS:
            stage.draw_text(
                screen,
                gettext("The world has not answered for {seconds:.0f} seconds").format(seconds=silence),
                y=screen.get_height() * 0.22,
                size=round(28 * unit),
                colour=WARNING,
                on_ground=True,
            )
        elif not self.context.is_focused:
            stage.draw_text(
                screen,
                gettext("The world waits for you")
                if stage.session.is_held
                else gettext("You rest while this window is not in front"),
                y=screen.get_height() * 0.22,
                size=round(26 * unit),
                colour=INK_SOFT,
                on_ground=True,
            )

    def _hint(self) -> str:
        """What is said at the upper edge: to a new player one hint after the other, later the next goal as a life begins."""
        preferences = self.context.preferences
        if preferences.seen_hints:
            return goal_line(preferences.goals) if self._lived < HINT_SECONDS else ""
        texts = self._hints()
        return texts[min(int(self._played / HINT_SECONDS), len(texts) - 1)]

    def _hints(self) -> tuple[str, ...]:
        rules = self.stage.session.world.rules
        return hints(
            self.context.preferences.keys,
            split_from=SPLIT_MASS if rules is None else rules.split_from,
            eject_from=0 if rules is None else rules.eject_from,
            # A world that has no row of its rules has the official ones: what is split off appears beside its circle.
            throws=rules is not None,
            pad=self.context.preferences.pad if self.context.uses_pad else None,
        )
