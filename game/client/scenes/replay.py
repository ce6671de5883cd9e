"""Replay: a match that is over, with a bar to seek, pause, speed, whom to follow."""

from __future__ import annotations

import pygame

from game.language import N_, gettext
from game.match.replays.playback import Match, Playback
from game.match.session import Session, SessionState
from game.match.settings import Action, PlaySettings, Preferences
from game.presentation.palette import ACCENT, INK, INK_SOFT
from game.presentation.sound_cues import SoundCues

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..render.seek_bar import draw_seek_bar, seek_bar_place
from ..scene import Scene
from ..ui.layout import SMALLEST_HINT, menu_unit
from ..ui.navigation import Navigation, Navigator
from ..views.watching import WatchingView

__all__ = ["ReplayScene"]

_HINT = N_(
    "Left and right: seek   ·   Space: pause   ·   Up and down: speed   ·   Tab: somebody else   ·   Esc: back"
)
_STEP_SECONDS = 5.0
# After a longer one the match goes on where it was: nothing is missed.
_LONGEST_FRAME = 0.1


class ReplayScene(Scene):
    """A world without a connection; the match is closed with the scene."""

    is_in_arena = True

    def __init__(self, context: AppContext, match: Match, *, title: str = "", headless: bool = False) -> None:
        self._context = context
        self._title = title
        self._is_headless = headless
        self.session = Session(PlaySettings.without_server(watch=True))
        self.session.state = SessionState.WATCHING
        self.stage = ArenaStage(self.session, window=context.window)
        self.playback = Playback(match, self.session.world)
        self.view = WatchingView(context, self.stage)
        self._keys = Navigator()
        self._shown_damage: str | None = None
        self._is_dragged = False
        self._sound_cues = SoundCues(self.session.world)
        self._apply(context.preferences)
        context.on_change.append(self._apply)

    def close(self) -> None:
        if self._apply in self._context.on_change:
            self._context.on_change.remove(self._apply)
        self.playback.match.close()

    def handle(self, event: pygame.event.Event) -> None:
        if self._handle_mouse(event):
            return
        action = self.stage.input.action(event)
        move = self._keys.read(event)
        if self._is_next(event):
            self.view.go(-1 if getattr(event, "mod", 0) & pygame.KMOD_SHIFT else 1)
        elif action is Action.MUTE:
            self._context.change(muted=not self._context.preferences.muted)
        elif move is Navigation.ACCEPT or action is Action.SPLIT:
            self._pause_or_go_on()
        elif move is Navigation.BACK or action is Action.PAUSE:
            self._context.stack.pop(self)
        elif move in (Navigation.UP, Navigation.DOWN):
            self.playback.faster(1 if move is Navigation.UP else -1)
        elif move in (Navigation.LEFT, Navigation.RIGHT):
            self._seek(
                self.playback.position + (_STEP_SECONDS if move is Navigation.RIGHT else -_STEP_SECONDS)
            )
        elif event.type == pygame.KEYDOWN and event.key in (pygame.K_HOME, pygame.K_END):
            self._seek(0.0 if event.key == pygame.K_HOME else self.playback.length)
        elif event.type == pygame.MOUSEWHEEL:
            self.stage.camera.zoom_by(event.y)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self.view.go(1)

    def update(self, now: float, elapsed: float) -> None:
        self.stage.window = self._context.window
        covered = self._context.stack.top is not self
        passed = 0.0 if covered else self.playback.advance(min(elapsed, _LONGEST_FRAME))
        damage = self.playback.match.damage
        if damage is not None and damage != self._shown_damage:
            self._shown_damage = damage
            self._context.notify(damage)
        cues = tuple(self._sound_cues.cues(self.stage.camera))
        self._context.audio.play(cues)
        self.stage.screen_shake.feel(cues, self.playback.now)
        if not covered:
            cap = self._context.preferences.fps_cap
            self.stage.quality.frame(now, self._context.frame_work, 1.0 / min(cap, 60))
        self.view.update(self.playback.now, passed)
        if self.playback.is_over and self._is_headless:
            self._context.stack.clear()

    def draw(self, screen: pygame.Surface) -> None:
        stage, playback = self.stage, self.playback
        stage.draw_world(screen)
        stage.draw_around(screen)
        unit = menu_unit(screen.get_size())
        if self._title:
            stage.draw_text(
                screen, self._title, y=28 * unit, size=round(26 * unit), colour=INK, on_ground=True
            )
        if playback.is_waiting:
            state = gettext("reading on...")
        elif playback.is_over:
            state = gettext("the end")
        else:
            state = gettext("paused") if playback.is_paused else f"{playback.speed:g}×"
        bar = draw_seek_bar(
            screen,
            stage.texts,
            position=playback.position,
            loaded=playback.loaded,
            length=playback.length,
            state=state,
        )
        stage.draw_text(
            screen,
            self.view.caption,
            y=bar.top - 22 * unit,
            size=round(26 * unit),
            colour=ACCENT,
            on_ground=True,
        )
        size = max(round(19 * unit), SMALLEST_HINT)
        stage.draw_text(
            screen,
            gettext(_HINT),
            y=screen.get_height() - 6 * unit - size * 0.65,
            size=size,
            colour=INK_SOFT,
            on_ground=True,
        )

    # -- inside ------------------------------------------------------------------------------------------------

    def _apply(self, preferences: Preferences) -> None:
        self.stage.preferences = preferences

    def _seek(self, position: float) -> None:
        self.playback.seek(position)
        self.stage.forget()

    def _pause_or_go_on(self) -> None:
        playback = self.playback
        if playback.is_over:
            self._seek(0.0)
            playback.is_paused = False
        else:
            playback.is_paused = not playback.is_paused

    def _is_next(self, event: pygame.event.Event) -> bool:
        """Tab, or a shoulder of a gamepad."""
        if event.type == pygame.CONTROLLERBUTTONDOWN:
            return bool(event.button == pygame.CONTROLLER_BUTTON_RIGHTSHOULDER)
        return bool(event.type == pygame.KEYDOWN and event.key == pygame.K_TAB)

    def _handle_mouse(self, event: pygame.event.Event) -> bool:
        """Whether the event was for the bar."""
        if event.type == pygame.MOUSEBUTTONUP:
            self._is_dragged = False
            return True
        place = seek_bar_place(self._context.window)
        begins = event.type == pygame.MOUSEBUTTONDOWN and event.button == 1
        if begins and place.inflate(place.height, 2 * place.height).collidepoint(event.pos):
            self._is_dragged = True
        elif not (self._is_dragged and event.type == pygame.MOUSEMOTION):
            return False
        self._seek((event.pos[0] - place.left) / place.width * self.playback.length)
        return True
