"""A hand on the whole client: posted events in, frames until something holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path

import pygame

from game.client.app import App
from game.client.app_context import AppContext
from game.client.scenes.playing import PlayingScene
from game.client.ui.form import Form
from game.client.views.death import DeathView
from game.client.window import Window
from game.match.launcher_ports import NearbyWorld, OpenWorld, Recording
from game.match.session import SessionState
from game.match.settings import PlaySettings, Preferences
from tests.plugins.waiting import until

__all__ = ["Driver", "FixedLobby", "LocalLauncher", "MemoryStore", "key_down"]


class MemoryStore:
    """Preferences that outlive a window, not the test."""

    def __init__(self, preferences: Preferences | None = None) -> None:
        self.kept = preferences or Preferences()
        self.notice = ""
        self.saves = 0

    def load(self) -> Preferences:
        return self.kept

    def save(self, preferences: Preferences, changed: Collection[str]) -> None:
        self.kept = preferences
        self.saves += 1


class FixedLobby:
    """The worlds on the network that a test says."""

    def __init__(self, *found: NearbyWorld, notice: str = "") -> None:
        self.found = found
        self.notice = notice
        self.closed = 0

    def worlds(self) -> tuple[NearbyWorld, ...]:
        return self.found

    def close(self) -> None:
        self.closed += 1


class LocalLauncher:
    """Opens the world of a server that the test has started."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.closed = 0
        self.asked: tuple[int | None, str | None] | None = None
        self.asked_rules: str | None = None
        self.announced: bool | None = None
        self.rule_sets: tuple[str, ...] = ("arcade", "official")
        self.tokens: list[str] = []
        self.kept: list[Recording] = []
        self.lobby = FixedLobby()
        self.on_join: Callable[[str], object] = lambda server: None

    def alone(
        self,
        name: str | None,
        *,
        watch: bool = False,
        bots: int | None = None,
        difficulty: str | None = None,
        rules: str | None = None,
    ) -> OpenWorld:
        self.asked, self.asked_rules = (bots, difficulty), rules
        return self._world(name, self.server, watch=watch)

    def hosted(
        self,
        name: str | None,
        *,
        bots: int | None = None,
        difficulty: str | None = None,
        rules: str | None = None,
        announce: bool = True,
    ) -> OpenWorld:
        self.asked, self.asked_rules, self.announced = (bots, difficulty), rules, announce
        return self._world(name, self.server, addresses=("192.168.1.20:3000", "10.0.0.7:3000"))

    def joined(self, server: str, database: str, name: str | None, *, watch: bool = False) -> OpenWorld:
        self.on_join(server)
        return self._world(name, server, database=database, watch=watch, remember=True)

    def nearby(self) -> FixedLobby:
        return self.lobby

    def recordings(self) -> list[Recording]:
        return self.kept

    def _world(
        self,
        name: str | None,
        server: str,
        *,
        database: str = "blackholio",
        watch: bool = False,
        remember: bool = False,
        addresses: tuple[str, ...] = (),
    ) -> OpenWorld:
        settings = PlaySettings(
            server=server, database=database, name=name, watch=watch, on_token=self.tokens.append
        )

        def close() -> None:
            self.closed += 1

        return OpenWorld(
            settings=settings, title="a world", addresses=addresses, remember=remember, close=close
        )


def key_down(code: int, text: str = "") -> pygame.event.Event:
    return pygame.event.Event(pygame.KEYDOWN, key=code, mod=0, unicode=text, scancode=0)


class Driver:
    """An app with a dummy window of 1280x720, and what a player does with it."""

    def __init__(self, *, store: MemoryStore | None = None, launcher: LocalLauncher | None = None) -> None:
        self.store = store or MemoryStore()
        self.context = AppContext(window=(1280, 720), store=self.store, launcher=launcher)
        self._told: list[str] = []
        self._keep_what_is_told()
        self.window = Window(self.context.preferences)
        self.context.on_change.append(self.window.apply)
        self.context.window = self.window.size
        self.app = App(self.context, self.window)
        pygame.event.clear()

    @property
    def top(self) -> object:
        return self.context.stack.top

    @property
    def playing(self) -> PlayingScene:
        return next(scene for scene in self.context.stack if isinstance(scene, PlayingScene))

    @property
    def state(self) -> SessionState:
        return self.playing.session.state

    @property
    def form(self) -> Form:
        """The form that is on, of the top scene or of its view."""
        top = self.top
        return (top.view if isinstance(top, PlayingScene) else top).form  # type: ignore[attr-defined, no-any-return]

    def was_told(self, text: str) -> bool:
        """Whether a sentence that holds `text` was to be shown: it passes after some seconds, which a busy machine may take
        for a frame, and waits for those before it, as one on how long the machine stood still."""
        return any(text in told for told in self._told)

    def _keep_what_is_told(self) -> None:
        notify = self.context.notify

        def kept(text: str) -> None:
            self._told.append(text)
            notify(text)

        self.context.notify = kept  # type: ignore[method-assign]

    def close(self) -> None:
        self.context.stack.clear()

    def frame(self) -> None:
        for event in pygame.event.get():
            self.app.handle(event)
        self.context.window = self.window.size
        self.app.update(time.monotonic())
        if not self.app.is_over:
            self.app.draw(self.window.surface)
            pygame.display.flip()

    def until(self, holds: Callable[[], bool]) -> None:
        pacer = pygame.time.Clock()

        def frame() -> None:
            self.frame()
            pacer.tick(60)

        until(holds, frame, what=lambda: f"still {self.top} {getattr(self.top, 'words', '')}")

    def until_state(self, state: SessionState) -> None:
        self.until(
            lambda: (
                any(isinstance(scene, PlayingScene) for scene in self.context.stack) and self.state is state
            )
        )

    def until_dead(self) -> None:
        """Until the player is dead and may choose what comes then, which it may not at first, by the time of the frames."""
        self.until(lambda: isinstance(self.playing.view, DeathView) and self.playing.view._is_ready())

    def until_top(self, scene: type) -> None:
        self.until(lambda: isinstance(self.top, scene))

    def press(self, code: int, text: str = "") -> None:
        pygame.event.post(key_down(code, text))
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=code, mod=0, unicode=text, scancode=0))
        self.frame()

    def hold(self, code: int, until: Callable[[], bool]) -> None:
        """Keep a key down until something holds."""
        pygame.event.post(key_down(code))
        self.until(until)
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=code, mod=0, unicode="", scancode=0))
        self.frame()

    def type(self, text: str) -> None:
        for letter in text:
            pygame.event.post(key_down(ord(letter.lower()), letter))
            pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=letter))
            pygame.event.post(
                pygame.event.Event(pygame.KEYUP, key=ord(letter.lower()), mod=0, unicode=letter, scancode=0)
            )
        self.frame()

    def paste(self, text: str) -> None:
        """As an input method, or a clipboard, brings it: at once."""
        pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=text))
        self.frame()

    def point(self, x: float, y: float) -> None:
        event = pygame.event.Event(
            pygame.MOUSEMOTION, pos=(round(x), round(y)), rel=(1, 0), buttons=(0, 0, 0)
        )
        pygame.event.post(event)
        self.frame()

    def click(self, label: str) -> None:
        """Scroll to the widget with that label as a wheel does, and click into its middle."""
        wanted = self.form.widget(label)
        for _ in range(30):
            boxes = [box for each, box in self.form.places(self.context.window) if each is wanted]
            if boxes:
                break
            pygame.event.post(pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=-1))
            self.frame()
        self.point(*boxes[0].center)
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            pygame.event.post(pygame.event.Event(kind, button=1, pos=boxes[0].center))
        self.frame()

    def picture(self, path: Path) -> None:
        self.app.draw(self.window.surface)
        pygame.image.save(self.window.surface, str(path))
