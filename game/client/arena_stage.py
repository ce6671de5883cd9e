"""Arena stage: the world of a session on the screen, with its camera, its renderers and what lies over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from math import cos, exp, sin

import pygame

from game.match.observation import SPLIT_MASS
from game.match.session import Session
from game.match.settings import Preferences
from game.match.shown import ShownCircle
from game.presentation.camera import Camera, View
from game.presentation.feel.bursts import Bursts
from game.presentation.feel.screen_shake import ScreenShake
from game.presentation.feel.squash import Squash
from game.presentation.frames.quality import FrameQuality
from game.presentation.frames.recurring import Recurring
from game.presentation.leaderboard import LeaderboardRow, leaderboard
from game.presentation.news import BEST_FROM, News
from game.presentation.palette import ACCENT, INK, Colour, palette_named
from game.presentation.panel_fade import Disc, PanelFade, Places

from .input import PlayerInput
from .render.arena import ArenaRenderer
from .render.hud import Hud, board_place, status_place, ui_unit
from .render.minimap import Minimap, minimap_place
from .render.toasts import draw_toasts, toast_places, toasts_place
from .ui.glow import glowing_title
from .ui.panel import draw_ground
from .ui.text import TextCache

__all__ = ["ArenaStage"]

# Seconds: ranks that change more often cannot be read; on so small a map nothing moves a pixel in less time.
_LEADERBOARD_INTERVAL, _MAP_INTERVAL = 0.25, 0.1
_SPECTATOR_HALF_HEIGHT = 130.0
_VEIL_HEIGHT = 60
# The share, a second, of what is left of the way to where the camera looks past the middle.
_ASIDE_RATE = 4.0
# World units beside the view within which circles press each other too.
_BESIDE = 40.0
# Pixels of height up to which names would be hard to read in fewer.
_ALWAYS_FULL = 480
# Pixels that the ground of a line grows by.
_GROUND_STEP = 40


class ArenaStage:
    """The world on the screen, whichever scene is on. `update` moves it, `draw_*` change nothing."""

    def __init__(self, session: Session, *, window: tuple[int, int]) -> None:
        self.session = session
        self.texts = TextCache()
        self.hud = Hud(self.texts)
        self.input = PlayerInput(window)
        self.window = window
        self._preferences = Preferences()
        self.screen_shake = ScreenShake()
        self.news = News(session.world)
        self.net_hud_shown = False
        self.now = 0.0
        self.camera = Camera(
            session.world.size / 2, session.world.size / 2, half_height=_SPECTATOR_HALF_HEIGHT
        )
        self.rows: tuple[LeaderboardRow, ...] = ()
        # Pixels: down to there network numbers are drawn over the left edge, where news are.
        self.numbers_end = 0
        self.quality = FrameQuality()
        self.fade = PanelFade()
        self.squash = Squash()
        self.bursts = Bursts()
        self._arena = ArenaRenderer(self.texts)
        self._minimap = Minimap()
        self._canvas: pygame.Surface | None = None
        self._board_times = Recurring(_LEADERBOARD_INTERVAL)
        self._map_times = Recurring(_MAP_INTERVAL)
        # The time that the minimap shows.
        self._map_of = 0.0
        self._own_seen: frozenset[int] = frozenset()
        self._aside = 0.0

    @property
    def preferences(self) -> Preferences:
        """What the player has set; the scene that is on puts it here, and anew whenever it changes."""
        return self._preferences

    @preferences.setter
    def preferences(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._arena.palette = self.hud.palette = palette_named(preferences.palette)
        self._arena.motion = preferences.motion
        self.net_hud_shown = preferences.net_hud
        self.quality.chosen = preferences.quality
        self.input.bind(preferences.keys, preferences.pad)

    def update(
        self, now: float, elapsed: float, watched: Iterable[ShownCircle], *, aside: float = 0.0
    ) -> None:
        """Show the world of the time `now`; the camera follows `watched`, or drifts over the arena.

        What it looks at comes to lie `aside`, to the left of the middle, by that share of the window's width.
        """
        world = self.session.world
        self.now = now
        world.advance(now)
        self.news.update(now)
        circles = list(watched)
        own = frozenset(circle.entity_id for circle in circles if circle.entity_id in world.own)
        if own and own.isdisjoint(self._own_seen):
            # A life begins: who still has to look for the own circle is eaten meanwhile.
            self.camera.cut()
            self._aside = 0.0
        self._aside += (aside - self._aside) * (1.0 - exp(-_ASIDE_RATE * elapsed))
        self._own_seen = own
        if circles:
            self.camera.advance(circles, elapsed)
        else:
            middle, reach = world.size / 2, world.size * 0.22
            self.camera.drift(
                middle + reach * cos(now * 0.06),
                middle + reach * sin(now * 0.085),
                elapsed,
                half_height=_SPECTATOR_HALF_HEIGHT,
            )
        is_busy = world.is_fresh
        if self._map_times.is_due(now, is_busy=is_busy):
            self._map_of, is_busy = now, True
        if self._board_times.is_due(now, is_busy=is_busy):
            self.rows = leaderboard(world.circles.values(), world.names, world.own_player_id)
            self._note_rank()
            self._tell_apart()
        self.fade.update(elapsed, self._panels_and_circles)
        if self._preferences.motion:
            left, right, bottom, top = self.camera.view(*self.window).bounds(_BESIDE)
            self.squash.update(
                [
                    circle
                    for circle in world.circles.values()
                    if left < circle.shown_x < right and bottom < circle.shown_y < top
                ],
                now,
                elapsed,
                own=world.own_player_id,
            )
            self.bursts.update(world.flights, now)
        else:
            self.squash.forget()
            self.bursts.forget()

    def forget(self) -> None:
        """What is shown next is another moment: what was felt, and what was new, was of this one."""
        self.news = News(self.session.world)
        self.screen_shake = ScreenShake()
        self.squash.forget()
        self.bursts.forget()
        self.camera.cut()

    def _panels_and_circles(self) -> tuple[Places, list[Disc]]:
        """Where panels are, and the circles that they may lie over, in pixels."""
        view = self.camera.view(*self.window)
        discs = [
            (*view.to_screen(circle.shown_x, circle.shown_y), circle.shown_radius * view.scale)
            for circle in self.session.world.circles.values()
        ]
        rects = self._panels(self.window) | {"news": toasts_place(self.window, len(self.news.toasts))}
        return {name: (*rect.topleft, *rect.size) for name, rect in rects.items()}, discs

    def _panels(self, window: tuple[int, int]) -> dict[str, pygame.Rect]:
        """The panels that stand in the corners, by the names that they fade under."""
        minimap = minimap_place(window)
        panels = {"board": board_place(window, len(self.rows)), "status": status_place(window)}
        return panels if minimap is None else panels | {"minimap": minimap}

    def _overlay(self, window: tuple[int, int]) -> list[pygame.Rect]:
        """Where there is something to read over the arena: a name that shone through would make a riddle of both."""
        news = toast_places(window, self.texts, self.news.toasts, self.now, below=self.numbers_end)
        return [*self._panels(window).values(), *news]

    def _note_rank(self) -> None:
        life = self.session.world.life
        rank = next((row.rank for row in self.rows if row.is_own), None)
        if life is not None and rank is not None:
            life.rank = rank
            life.best_rank = rank if life.best_rank is None else min(rank, life.best_rank)

    def _tell_apart(self) -> None:
        """Give each player on the leaderboard a colour of its own."""
        board = [row.player_id for row in self.rows]
        own = self.session.world.own_player_id
        palette = self._arena.palette.told_apart(board, own, self._preferences.colour)
        self._arena.palette = self.hud.palette = palette

    def draw_world(
        self,
        screen: pygame.Surface,
        *,
        dim: float = 0.0,
        names: bool = True,
        under: Sequence[pygame.Rect] = (),
    ) -> None:
        """Draw the arena; `dim` 0..1 darkens it for what is written over it, and no name is written `under` that."""
        canvas = self._canvas_for(screen)
        view = self._view(canvas.get_size())
        world = self.session.world
        self._arena.has_halos = self.quality.now.has_halos
        self._arena.draw(
            canvas,
            world,
            view,
            names=False,
            shapes=self.squash.shapes,
            bursts=self.bursts.flying,
            without_food=self._without_food(canvas, screen) if names else (),
        )
        self._arena.draw_over(canvas, world, view)
        if canvas is not screen:
            pygame.transform.scale(canvas, screen.get_size(), screen)
        if names:
            # Words that are enlarged could hardly be read.
            view = self._view(screen.get_size())
            # What is dimmed has no panels over it.
            taken = under if dim else self._overlay(screen.get_size())
            self._arena.draw_names(screen, world, view, leader=self.news.leader, taken=taken)
        light = self.screen_shake.light(self.now) if self._preferences.flashes else None
        if light is not None:
            screen.fill(light, special_flags=pygame.BLEND_RGB_ADD)
        if dim > 0.0:
            self.dim(screen, dim)

    def _view(self, size: tuple[int, int]) -> View:
        view = self.camera.view(*size)
        view = replace(view, x=view.x + self._aside * view.width / view.scale)
        if not self._preferences.shake:
            return view
        right, up = self.screen_shake.offset(self.now)
        reach = view.height / view.scale
        return replace(view, x=view.x - right * reach, y=view.y - up * reach)

    def _without_food(self, canvas: pygame.Surface, screen: pygame.Surface) -> list[pygame.Rect]:
        """Where the minimap has faded: food that shone through it would look like players."""
        place = minimap_place(screen.get_size())
        if place is None or not self.fade.share("minimap"):
            return []
        detail = canvas.get_width() / screen.get_width()
        scaled = pygame.Rect(*(round(part * detail) for part in place))
        return [scaled.clip(canvas.get_rect())]

    def _canvas_for(self, screen: pygame.Surface) -> pygame.Surface:
        """What the arena is drawn upon: the window, or where that takes too long a smaller picture that is enlarged."""
        detail = self.quality.now.detail
        if detail >= 1.0 or screen.get_height() <= _ALWAYS_FULL:
            return screen
        size = round(screen.get_width() * detail), round(screen.get_height() * detail)
        if self._canvas is None or self._canvas.get_size() != size:
            self._canvas = pygame.Surface(size).convert(screen)
        return self._canvas

    def dim(self, screen: pygame.Surface, share: float) -> None:
        """Darken what is drawn so far by `share` 0..1, for what is written over it."""
        width, height = screen.get_size()
        veil = _veil(width, round(255 * (1.0 - share)))
        for top in range(0, height, veil.get_height()):
            screen.blit(veil, (0, top), special_flags=pygame.BLEND_RGB_MULT)

    def draw_around(self, screen: pygame.Surface) -> None:
        """Draw what players and watchers have over the arena: the leaderboard, the minimap, the news."""
        share = self.fade.share
        self.hud.draw_leaderboard(screen, self.rows, fade=share("board"))
        view = self.camera.view(*screen.get_size())
        self._minimap.draw(
            screen,
            self.session.world,
            view,
            self.hud.palette,
            of=self._map_of,
            fade=share("minimap"),
            nemesis=self.news.nemesis,
        )
        draw_toasts(
            screen, self.texts, self.news.toasts, self.now, fade=share("news"), below=self.numbers_end
        )

    def draw_playing(self, screen: pygame.Surface, *, uses_pad: bool = False) -> None:
        """Draw what a player has over the arena: that, the own mass and, unless it rests, the keys, or buttons."""
        world = self.session.world
        self.draw_around(screen)
        rank = next((row.rank for row in self.rows if row.is_own), None)
        minimap = minimap_place(screen.get_size())
        self.hud.draw_status(
            screen,
            mass=world.own_mass(),
            circles=len(world.own),
            rank=rank,
            held=self.input.is_held,
            fade=self.fade.share("status"),
            muted=self.preferences.muted or self.preferences.volume == 0.0,
            is_protected=world.own_player_id in world.protected,
            split_from=SPLIT_MASS if world.rules is None else world.rules.split_from,
            eject_from=0 if world.rules is None else world.rules.eject_from,
            largest=world.largest_own_mass(),
            best=self.news.best if self.news.best >= BEST_FROM else 0,
            keys_end=None if minimap is None else minimap.left - round(12 * ui_unit(screen.get_size())),
            # They do nothing at rest, and a menu has words of its own where they are.
            keys=None if self.input.is_resting else self.preferences.keys,
            buttons=self.preferences.pad if uses_pad else None,
        )

    def draw_text(
        self,
        screen: pygame.Surface,
        text: str,
        *,
        y: float,
        size: int,
        colour: Colour,
        on_ground: bool = False,
    ) -> pygame.Rect:
        """Draw one centred line whose middle is at `y` pixels; returns where it is.

        With `on_ground` it stands on a panel, so that no food shines through its words.
        """
        room = screen.get_width() - 2 * size
        surface = self.texts.fit(text, size, room, colour=colour)
        place = surface.get_rect(center=(screen.get_width() // 2, round(y)))
        # Without words there is nothing to stand upon it.
        if on_ground and place.width > size:
            # Widths go in steps, or each name would ask for a panel of its own.
            width = -(-(place.width + size) // _GROUND_STEP) * _GROUND_STEP
            ground = pygame.Rect(0, 0, width, round(size * 1.3))
            ground.center = place.center
            draw_ground(screen, ground, radius=ground.height // 3)
        return screen.blit(surface, place)

    def draw_title(
        self,
        screen: pygame.Surface,
        text: str,
        *,
        y: float,
        size: int,
        colour: Colour = INK,
        glow: Colour = ACCENT,
    ) -> None:
        """Draw a large centred line with a halo of `glow`; its middle is at `y` pixels."""
        title = glowing_title(self.texts, text, size, screen.get_width(), colour=colour, glow=glow)
        screen.blit(title, title.get_rect(center=(screen.get_width() // 2, round(y))))


@lru_cache(maxsize=4)
def _veil(width: int, kept: int) -> pygame.Surface:
    """What strips of the window are multiplied with to dim it: 25 times as fast as to multiply by a colour."""
    veil = pygame.Surface((width, _VEIL_HEIGHT))
    veil.fill((kept, kept, min(kept + 8, 255)))
    return veil
