"""Death view: the end of a life, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from game.language import gettext, ngettext
from game.match.life import Death
from game.match.settings import Action
from game.presentation.leaderboard import nameless
from game.presentation.news import BEST_FROM
from game.presentation.palette import INK, INK_SOFT, WARNING

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..render.hud import ui_unit
from ..ui.form import Form
from ..ui.glow import glowing_title
from ..ui.layout import SMALLEST_HINT, menu_unit
from ..ui.panel import READABLE, rounded_panel
from ..ui.text import grouped
from ..ui.widgets import Button
from .view import SessionView

__all__ = ["DeathView"]

# A hand that hammers Space to flee must not skip its own death.
_PAUSE_SECONDS = 0.6
_PANEL = (620, 318)
# Players who are named of those that were eaten.
_NAMED = 3
# What is needed beside the card, in its widths, to show somebody there.
_ROOM = 0.6
# What the leaderboard takes at the right; it must not lie under the panel.
_BOARD = 290


class DeathView(SessionView):
    """Says who ate the player and what the life amounted to; leads to the next life, to how it ended, or to
    watching others.

    With `respawns` it goes on by itself.
    """

    def __init__(
        self,
        context: AppContext,
        stage: ArenaStage,
        *,
        leave: Callable[[], None],
        watch_how: Callable[[], None] = lambda: None,
        respawns: bool = False,
    ) -> None:
        super().__init__(context, stage)
        self._respawns = respawns
        self._since: float | None = None
        self.form = Form(
            (
                Button("Play again", stage.input.ask_respawn, is_main=True),
                (
                    Button("Watch how", watch_how),
                    Button("Watch others", stage.session.watch),
                    Button("Leave", leave),
                ),
            ),
            above=450.0,
            below=30.0,
            width=_PANEL[0],
        )

    def enter(self) -> None:
        self._since = None
        self.form.focus(self.form.widget("Play again"), self.stage.window)
        self.stage.input.drop_presses()

    def handle(self, event: pygame.event.Event) -> None:
        super().handle(event)
        if not self._is_ready():
            return
        if event.type == pygame.KEYDOWN and self.stage.input.action(event) is Action.SPLIT:
            # The key under the thumb is the one for the next life, whatever has the focus.
            self.stage.input.ask_respawn()
        else:
            self.form.handle(event, self.stage.window)

    def update(self, now: float, elapsed: float) -> None:
        stage = self.stage
        if self._since is None:
            self._since = now
            death = stage.session.world.death
            if death is not None and death.peak_mass > self.context.preferences.best_mass:
                self.context.change(best_mass=death.peak_mass)
        death = stage.session.world.death
        eater = death.eater if death is not None else None
        circles = [
            circle
            for circle in stage.session.world.circles.values()
            if eater is not None and circle.player_id == eater
        ]
        stage.update(now, elapsed, circles, aside=self._aside() if circles else 0.0)
        self.form.update(self.stage.window)
        if self._respawns and self._is_ready():
            stage.input.ask_respawn()

    def draw(self, screen: pygame.Surface) -> None:
        stage = self.stage
        death = stage.session.world.death
        unit = menu_unit(screen.get_size())
        boxes = [box for _, box in self.form.places(screen.get_size())]
        card = pygame.Rect(0, 0, round(_PANEL[0] * unit), round(_PANEL[1] * unit))
        card.midbottom = (screen.get_width() // 2, boxes[0].top - round(14 * unit))
        stage.draw_world(screen, dim=0.5, under=[card.unionall(boxes)])
        beside = (screen.get_width() - _PANEL[0] * unit) / 2
        if beside > _BOARD * ui_unit(screen.get_size()):
            stage.hud.draw_leaderboard(screen, stage.rows)
        if death is not None:
            screen.blit(rounded_panel(card.size, radius=round(22 * unit), alpha=READABLE), card)
            self._draw_words(screen, death, card, unit)
        if self._is_ready():
            self.form.draw(screen, stage.texts, stage.now)

    def _aside(self) -> float:
        """By what share of the width who ate the player is shown beside the card, where there is room for it."""
        width, card = self.stage.window[0], _PANEL[0] * menu_unit(self.stage.window)
        return (width + card) / (4 * width) if width - card > _ROOM * card else 0.0

    def _is_ready(self) -> bool:
        return self._since is not None and self.stage.now - self._since >= _PAUSE_SECONDS

    def _draw_words(self, screen: pygame.Surface, death: Death, place: pygame.Rect, unit: float) -> None:
        stage = self.stage
        names = stage.session.world.names
        room = place.width - round(48 * unit)
        if stage.session.notice:
            title, eater = gettext("EATEN"), gettext(stage.session.notice)
        elif death.eater is None:
            title, eater = gettext("RUN ENDED"), gettext("You gave yourself back to space")
        else:
            title = gettext("EATEN")
            eater = gettext("by {name}").format(name=names.get(death.eater) or nameless())
            if death.eater_mass:
                eater += gettext(" (mass {mass})").format(mass=grouped(death.eater_mass))
        if death.peak_mass >= max(self.context.preferences.best_mass, BEST_FROM):
            eater += gettext("   ·   your best run ever")
        elif 0 < death.peak_mass < self.context.preferences.best_mass:
            missing = self.context.preferences.best_mass - death.peak_mass
            eater += gettext("   ·   {mass} short of your best").format(mass=grouped(missing))
        lines = [
            (glowing_title(stage.texts, title, round(60 * unit), place.width, colour=INK, glow=WARNING), 48),
            (stage.texts.fit(eater, round(29 * unit), room, colour=INK), 98),
            (
                stage.texts.fit(
                    self._eaten(death), max(round(22 * unit), SMALLEST_HINT), room, colour=INK_SOFT
                ),
                132,
            ),
        ]
        for surface, y in lines:
            screen.blit(surface, surface.get_rect(center=(place.centerx, place.top + round(y * unit))))
        minutes, seconds = divmod(round(death.lived), 60)
        best = max(self.context.preferences.best_mass, death.peak_mass)
        facts = (
            (gettext("MASS"), grouped(death.peak_mass)),
            (gettext("BEST EVER"), grouped(best)),
            (gettext("RANK"), _place(death.rank)),
            (gettext("BEST RANK"), _place(death.best_rank)),
            (gettext("LIVED"), f"{minutes}:{seconds:02}"),
            (gettext("FOOD"), grouped(death.food_eaten)),
            (gettext("CIRCLES"), grouped(death.meals)),
            (gettext("KILL STREAK"), str(len(death.eaten))),
        )
        columns = 4
        column = room / columns
        for index, (label, number) in enumerate(facts):
            x = round(place.left + 24 * unit + column * (index % columns + 0.5))
            middle = place.top + (182 + 74 * (index // columns)) * unit
            face = stage.texts.fit(number, round(34 * unit), round(column), colour=INK)
            screen.blit(face, face.get_rect(center=(x, round(middle))))
            name = stage.texts.fit(
                label, max(round(17 * unit), SMALLEST_HINT), round(column) - 4, colour=INK_SOFT
            )
            screen.blit(name, name.get_rect(center=(x, round(middle + 30 * unit))))

    def _eaten(self, death: Death) -> str:
        """The players who were eaten in this life, in words."""
        names = self.stage.session.world.names
        last = [names.get(player_id) or nameless() for player_id in reversed(death.eaten)]
        if not last:
            return gettext("No other player was eaten in this life")
        shown, more = last[:_NAMED], len(last) - _NAMED
        if more > 0:
            text = ngettext("You ate {names} and {more} more", "You ate {names} and {more} more", more)
            return text.format(names=gettext(", ").join(shown), more=more)
        if len(shown) == 1:
            return gettext("You ate {name}").format(name=shown[0])
        return gettext("You ate {names} and {last}").format(
            names=gettext(", ").join(shown[:-1]), last=shown[-1]
        )


def _place(rank: int | None) -> str:
    return "-" if rank is None else str(rank)
