"""App: the main loop. Events, the world at the time of the frame, one picture."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pygame

from game.language import gettext, ngettext
from game.match.launcher_ports import OpenWorld, PreferencesStore, WorldPort
from game.match.replays.playback import Match
from game.match.report import FrameTimes, PlayReport
from game.match.settings import Action, PlaySettings
from game.presentation.palette import INK

from .app_context import AppContext
from .gamepads import Gamepads, by_gamepad
from .pacing import Pacer, SleepWatch, frame_rate
from .scene import Scene
from .scenes.playing import PlayingScene, Steering
from .scenes.replay import ReplayScene
from .scenes.title import TitleScene
from .ui.layout import menu_unit
from .ui.paragraph import draw_paragraph
from .window import Window, open_display, prepare_environment

__all__ = ["App", "play", "run"]


def play(settings: PlaySettings, steering: Steering | None = None) -> PlayReport:
    """Play one game until it is left, its time is over or its connection lost.

    With `settings.headless` SDL's dummy drivers stand in for the window; every frame is still drawn and flipped.
    `steering` then decides, at most 20 times a second, what a hand would.

    Raises:
        SpacetimeDBException: the connection never came about (why is in its type), or was lost.
        DisplayError: there is no screen to open a window on.
        OSError: the screenshot cannot be written.
    """
    return run(OpenWorld(settings=settings, title="the world"), steering=steering)


def run(
    world: OpenWorld | None,
    *,
    steering: Steering | None = None,
    store: PreferencesStore | None = None,
    launcher: WorldPort | None = None,
    replay: Match | None = None,
    on_report: Callable[[PlayReport], None] = lambda report: None,
) -> PlayReport:
    """Open the window and play until it is closed: in `world`, or from the title on where there is none.

    `on_report` is given the report however the game ends, also where an error is raised afterwards.

    Without a `launcher` there is no title: leaving the world is the end. With a `replay`, `world` has its settings. Raises
    what `play` raises.
    """
    settings = None if world is None else world.settings
    prepare_environment(headless=settings is not None and settings.headless)
    open_display()
    pygame.font.init()
    gamepads = Gamepads()
    try:
        context = AppContext(window=(1, 1), store=store, launcher=launcher)
        window = Window(context.preferences)
        context.window = window.size
        context.on_change.append(window.apply)
        if settings is None or not settings.headless:
            context.audio.open()
        app = App(context, window, gamepads)
        if launcher is not None:
            context.stack.push(TitleScene(context, launcher))
        playing: PlayingScene | None = None
        first: Scene | None = None
        if replay is not None:
            first = ReplayScene(context, replay, headless=settings is not None and settings.headless)
        elif world is not None:
            first = playing = PlayingScene(context, world, steering=steering)
        try:
            report = _loop(app, first, settings, on_report)
            if settings is not None and settings.screenshot is not None:
                _save(window.surface, settings.screenshot)
        finally:
            context.stack.clear()
            context.audio.close()
        is_headless = settings is not None and settings.headless
        if playing is not None and is_headless and not app.is_interrupted:
            playing.session.raise_if_lost()
        return report
    finally:
        gamepads.close()
        pygame.font.quit()
        pygame.display.quit()


class App:
    """The window's own events, what works in every scene, and notices that pass.

    Time is passed in, in seconds, so that a test can play without waiting.
    """

    def __init__(
        self, context: AppContext, window: Window | None = None, gamepads: Gamepads | None = None
    ) -> None:
        self.context = context
        self._window = window
        self._gamepads = gamepads
        self._sleep = SleepWatch()
        self._last: float | None = None
        self.is_minimised = False
        self.is_interrupted = False

    @property
    def is_over(self) -> bool:
        """Whether the last scene is gone."""
        return not self.context.stack

    def handle(self, event: pygame.event.Event) -> None:
        """Take in one event of the window."""
        context = self.context
        context.uses_pad = context.uses_pad if (pad := by_gamepad(event)) is None else pad
        match event.type:
            case pygame.QUIT:
                context.stack.clear()
            case pygame.WINDOWFOCUSLOST:
                context.is_focused = False
            case pygame.WINDOWFOCUSGAINED:
                context.is_focused = True
            case pygame.VIDEORESIZE if self._window is not None:
                self._window.hold_smallest(event.size)
            case pygame.WINDOWMINIMIZED:
                self.is_minimised = True
            case pygame.WINDOWRESTORED | pygame.WINDOWMAXIMIZED | pygame.WINDOWSHOWN:
                self.is_minimised = False
            case pygame.CONTROLLERDEVICEADDED | pygame.CONTROLLERDEVICEREMOVED if self._gamepads is not None:
                self._gamepads.handle(event)
            case _:
                if not self._handle_anywhere(event):
                    context.stack.handle(event)

    def update(self, now: float, wall: float | None = None) -> None:
        """Go on to the time `now`; `wall` is the time of day in seconds, which goes on while the machine sleeps."""
        elapsed = 0.0 if self._last is None else max(now - self._last, 0.0)
        self._last = now
        slept = self._sleep.slept(now, now if wall is None else wall)
        self.context.advance(now)
        if slept is not None:
            self.context.notify(
                gettext("Welcome back: the game stood still for {duration}").format(duration=_duration(slept))
            )
        self.context.stack.update(now, elapsed)
        top = self.context.stack.top
        self.context.audio.set_music(calm=top is None or not top.is_in_arena)

    def draw(self, screen: pygame.Surface) -> None:
        """Draw the frame; changes nothing."""
        self.context.stack.draw(screen)
        if self.context.notice:
            unit = menu_unit(screen.get_size())
            texts = self.context.backdrop.texts
            draw_paragraph(
                screen, texts, self.context.notice, top=round(14 * unit), unit=unit, colour=INK, size=22
            )

    def _handle_anywhere(self, event: pygame.event.Event) -> bool:
        """Full screen and pictures, wherever one is; whether the event was for that."""
        top = self.context.stack.top
        if (
            event.type != pygame.KEYDOWN
            or top is None
            or (top.takes_text and event.unicode.isprintable() and event.unicode)
        ):
            return False
        keys = self.context.preferences.keys
        name = pygame.key.name(event.key)
        if name in keys.get(Action.FULL_SCREEN, ()):
            self.context.change(full_screen=not self.context.preferences.full_screen)
            return True
        if name in keys.get(Action.SCREENSHOT, ()) and self._window is not None:
            self.context.notify(self._window.keep_picture())
            return True
        return False


def _duration(seconds: float) -> str:
    if seconds < 120:
        return ngettext("{count} second", "{count} seconds", round(seconds)).format(count=round(seconds))
    return ngettext("{count} minute", "{count} minutes", round(seconds / 60)).format(
        count=round(seconds / 60)
    )


def _loop(
    app: App,
    first: Scene | None,
    settings: PlaySettings | None,
    on_report: Callable[[PlayReport], None],
) -> PlayReport:
    context, times, cpu_times, frames = app.context, FrameTimes(), FrameTimes(), 0
    if first is not None:
        # The first picture makes the sprites and the sky that all others share: that is loading, not playing.
        first.draw(pygame.display.get_surface())
        context.stack.push(first)
    # What is loaded stays to the end: looking through all of it for garbage, now and then, would take longer than a frame.
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    pacer = Pacer(began)
    limit = None if settings is None else settings.seconds
    try:
        while not app.is_over and (limit is None or time.perf_counter() - began < limit):
            frame_began, cpu_began = time.perf_counter(), time.thread_time()
            drawn = _frame(app, frame_began)
            frame_ended = time.perf_counter()
            # With vertical sync, showing the picture waits for the screen, which is no work.
            context.frame_work = (drawn if context.preferences.vsync else frame_ended) - frame_began
            times.add(frame_ended - frame_began, frame_ended - began)
            cpu_times.add(time.thread_time() - cpu_began, frame_ended - began)
            frames += 1
            rate = frame_rate(
                context.preferences.fps_cap, focused=context.is_focused, minimised=app.is_minimised
            )
            pacer.wait(rate, time.perf_counter, time.sleep)
    except KeyboardInterrupt:
        # Ctrl-C, and being asked to end, are a proper end of a match, wherever it stands.
        app.is_interrupted = True
    finally:
        gc.unfreeze()
        playing = first if isinstance(first, PlayingScene) else None
        report = _report(playing, times, cpu_times, frames=frames, seconds=time.perf_counter() - began)
        on_report(report)
    return report


def _frame(app: App, now: float) -> float:
    """Take in what has happened, and show it; returns when it was drawn, before it was shown."""
    for event in pygame.event.get():
        app.handle(event)
    screen = pygame.display.get_surface()
    app.context.window = screen.get_size()
    app.update(now, time.time())
    if app.is_over or app.is_minimised:
        return time.perf_counter()
    app.draw(screen)
    drawn = time.perf_counter()
    pygame.display.flip()
    return drawn


def _report(
    playing: PlayingScene | None, times: FrameTimes, cpu_times: FrameTimes, *, frames: int, seconds: float
) -> PlayReport:
    report = PlayReport(
        frames=frames,
        seconds=seconds,
        fps=frames / seconds if seconds > 0 else 0.0,
        frame_ms_p50=times.percentile(0.50),
        frame_ms_p99=times.percentile(0.99),
        frame_ms_by_minute=times.by_minute,
        frame_cpu_ms_p50=cpu_times.percentile(0.50),
        frame_cpu_ms_p99=cpu_times.percentile(0.99),
        frame_cpu_ms_by_minute=cpu_times.by_minute,
    )
    if playing is None:
        return report
    world = playing.session.world
    row_updates, reducer_calls, reducer_errors = playing.session.stats
    return replace(
        report,
        rows=world.row_counts(),
        row_updates=row_updates,
        reducer_calls=reducer_calls,
        reducer_errors=reducer_errors,
        peak_mass=world.account.peak_mass,
        deaths=world.account.deaths,
        food_eaten=world.account.food_eaten,
        meals=world.account.meals,
        distance=playing.distance,
    )


def _save(screen: pygame.Surface, path: Path) -> None:
    try:
        pygame.image.save(screen, str(path))
    except pygame.error as error:
        raise OSError(f"the screenshot cannot be written to {path}: {error}") from error
