"""The loop: events, steps of the input, the world at the time of the frame, one picture."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from game.world.intent import Intent
from game.world.report import FrameTimes, PlayReport
from game.world.session import Session, SessionState
from game.world.settings import PlaySettings

from .scenes.arena import ArenaScene
from .scenes.death import DeathScene
from .scenes.name_entry import NameEntryScene
from .scenes.scene import Scene
from .scenes.waiting import WaitingScene
from .stage import Stage

if TYPE_CHECKING:
    from game.world.sight import Sight

__all__ = ["FRAMES_PER_SECOND", "Game", "play"]

log = logging.getLogger(__name__)

FRAMES_PER_SECOND = 60
WINDOW = (1280, 720)

_ICON = Path(__file__).parents[2] / "assets" / "icon.png"
_STEP = 1.0 / 60.0
_MOST_STEPS = 5
_LOOK_INTERVAL = 0.05
_NAME_WITHOUT_WINDOW = "Player"

Steering = Callable[["Sight"], Intent]


def play(settings: PlaySettings, steering: Steering | None = None) -> PlayReport:
    """Play one game until it is left, its time is over or its connection lost.

    With `settings.headless` SDL's dummy drivers stand in for the window; every frame is still drawn and flipped.
    `steering` then decides, at most 20 times a second, what a hand would.

    Raises:
        SpacetimeDBException: the connection never came about (why is in its type), or was lost.
        OSError: the screenshot cannot be written.
    """
    if settings.headless:
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        os.environ["SDL_AUDIODRIVER"] = "dummy"
    pygame.display.init()
    pygame.font.init()
    try:
        pygame.display.set_caption("Blackholio")
        pygame.display.set_icon(pygame.image.load(_ICON))
        screen = pygame.display.set_mode(WINDOW, pygame.RESIZABLE)
        game = Game(settings, window=screen.get_size(), steering=steering)
        try:
            report = _run(game, settings)
        finally:
            game.session.close()
        if settings.screenshot is not None:
            _save(pygame.display.get_surface() or screen, settings)
        game.session.raise_if_lost()
        return report
    finally:
        pygame.font.quit()
        pygame.display.quit()


class Game:
    """A session and its scenes. Time is passed in, in seconds, so that a test can play without waiting."""

    def __init__(
        self, settings: PlaySettings, *, window: tuple[int, int], steering: Steering | None = None
    ) -> None:
        self.session = Session(settings)
        self.stage = Stage(self.session, window=window)
        self.is_over = False
        self.distance = 0.0
        self._settings = settings
        self._steering = steering
        waiting = WaitingScene(self.stage)
        self._scenes: dict[SessionState, Scene] = {
            SessionState.CONNECTING: waiting,
            SessionState.NAMING: NameEntryScene(self.stage),
            SessionState.ENTERING: waiting,
            SessionState.PLAYING: ArenaScene(self.stage),
            SessionState.DEAD: DeathScene(self.stage, respawns=settings.headless),
            SessionState.WATCHING: waiting,
            SessionState.RECONNECTING: waiting,
            SessionState.LOST: waiting,
        }
        self._state = SessionState.CONNECTING
        self._last: float | None = None
        self._debt = 0.0
        self._look_due = 0.0
        self._seen_at: tuple[float, float] | None = None
        waiting.enter()

    @property
    def scene(self) -> Scene:
        """The scene that is on."""
        return self._scenes[self._state]

    def handle(self, event: pygame.event.Event) -> None:
        """Take in one event of the window."""
        if event.type == pygame.QUIT or (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE):
            self.is_over = True
        elif event.type == pygame.VIDEORESIZE:
            self.stage.window = event.w, event.h
        else:
            self.scene.handle(event)

    def update(self, now: float) -> None:
        """Go on to the time `now`: the server's rows, the steps of the input that are due, what is shown."""
        elapsed = 0.0 if self._last is None else max(now - self._last, 0.0)
        self._last = now
        self.session.update(now)
        self._follow_state(now)
        # After a long frame the newest wish counts once; a queue of old ones would only pile up.
        self._debt = min(self._debt + elapsed, _MOST_STEPS * _STEP)
        while self._debt >= _STEP:
            self._debt -= _STEP
            self._step(now)
        self.scene.update(now, elapsed)
        self._measure_way()

    def draw(self, screen: pygame.Surface) -> None:
        """Draw the frame; changes nothing."""
        self.scene.draw(screen)

    def _step(self, now: float) -> None:
        if self._steering is None:
            self.session.send(self.stage.input.take(self.stage.window), now)
        elif now >= self._look_due:
            self._look_due = now + _LOOK_INTERVAL
            self.session.send(self._decide(self._steering), now)

    def _decide(self, steering: Steering) -> Intent:
        player_id = self.session.player_id
        if self._state is not SessionState.PLAYING or player_id is None:
            # Only a scene can wish for something then: a new life.
            return self.stage.input.take(self.stage.window)
        from game.world.sight import look

        return steering(look(player_id))

    def _follow_state(self, now: float) -> None:
        state = self.session.state
        if state is SessionState.NAMING and self._settings.headless:
            self.session.enter(self.session.known_name or _NAME_WITHOUT_WINDOW, now)
            state = self.session.state
        if state is SessionState.LOST and self._settings.headless:
            self.is_over = True
        if state is self._state:
            return
        before, self._state = self.scene, state
        if self.scene is not before or state is SessionState.ENTERING:
            self.scene.enter()

    def _measure_way(self) -> None:
        """Add the way of the player's middle; a jump (a rebirth, a merge) is no way."""
        world = self.session.world
        if not world.own:
            self._seen_at = None
            return
        x = sum(track.shown_x for track in world.own.values()) / len(world.own)
        y = sum(track.shown_y for track in world.own.values()) / len(world.own)
        if self._seen_at is not None:
            way = ((x - self._seen_at[0]) ** 2 + (y - self._seen_at[1]) ** 2) ** 0.5
            if way < 25.0:
                self.distance += way
        self._seen_at = x, y


class _Pacer:
    """Keeps the frames on a grid of 1/60 s: a late frame is made up for by the next ones, a long stall is not."""

    def __init__(self, now: float) -> None:
        self._due = now

    def wait(self) -> None:
        """Sleep until the next frame is due."""
        now = time.perf_counter()
        self._due = max(self._due + 1.0 / FRAMES_PER_SECOND, now - _MOST_STEPS * _STEP)
        if self._due > now:
            time.sleep(self._due - now)


def _run(game: Game, settings: PlaySettings) -> PlayReport:
    pacer = _Pacer(time.perf_counter())
    times = FrameTimes()
    # The first picture makes the sprites and the sky that all others share: that is loading, not playing.
    game.draw(pygame.display.get_surface())
    game.session.open()
    began = time.perf_counter()
    frames = 0
    while True:
        frame_began = time.perf_counter()
        for event in pygame.event.get():
            if event.type == pygame.KEYDOWN and event.key == pygame.K_F12:
                _keep_picture()
            game.handle(event)
        game.update(frame_began)
        screen = pygame.display.get_surface()
        game.stage.window = screen.get_size()
        game.draw(screen)
        pygame.display.flip()
        frame_ended = time.perf_counter()
        times.add(frame_ended - frame_began)
        frames += 1
        if game.is_over or (settings.seconds is not None and frame_ended - began >= settings.seconds):
            return _report(game, times, frames=frames, seconds=frame_ended - began)
        pacer.wait()


def _report(game: Game, times: FrameTimes, *, frames: int, seconds: float) -> PlayReport:
    world = game.session.world
    row_updates, reducer_calls, reducer_errors = game.session.stats
    return PlayReport(
        frames=frames,
        seconds=seconds,
        fps=frames / seconds if seconds > 0 else 0.0,
        frame_ms_p50=times.percentile(0.50),
        frame_ms_p99=times.percentile(0.99),
        rows=world.row_counts(),
        row_updates=row_updates,
        reducer_calls=reducer_calls,
        reducer_errors=reducer_errors,
        peak_mass=world.peak_mass,
        deaths=world.deaths,
        food_eaten=world.food_eaten,
        meals=world.meals,
        distance=game.distance,
    )


def _keep_picture() -> None:
    """F12: the last frame as a PNG in the working folder. A folder that takes none must not end the game."""
    path = Path(time.strftime("blackholio-%Y%m%d-%H%M%S.png"))
    try:
        pygame.image.save(pygame.display.get_surface(), str(path))
    except pygame.error as error:
        log.warning("the picture cannot be written to %s: %s", path.absolute(), error)


def _save(screen: pygame.Surface, settings: PlaySettings) -> None:
    path = settings.screenshot
    if path is None:
        return
    try:
        pygame.image.save(screen, str(path))
    except pygame.error as error:
        raise OSError(f"the screenshot cannot be written to {path}: {error}") from error
