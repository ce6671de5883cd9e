"""App context: what all scenes have in common. The player's preferences, the stack, the window, notices that pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from game import language
from game.language import gettext
from game.match.launcher_ports import PreferencesStore, WorldPort
from game.match.replays.history import Clip
from game.match.session import Session
from game.match.settings import MAX_RECENT_SERVERS, PlaySettings, Preferences, RecentServer
from game.presentation.demo_world import DemoWorld

from .arena_stage import ArenaStage
from .audio import Audio
from .scene_stack import SceneStack
from .ui.fonts import can_write

__all__ = ["AppContext"]

_NOTICE_SECONDS = 6.0
# When everything in the arena behind the menus has grown to its size.
_GROWN = 2.0


class AppContext:
    """The preferences change here only: each change is kept at once, and handed on to what it concerns.

    `launcher` and `store` are None in a game without a window. `window` is its size in pixels; `is_focused` tells whether it
    is in front, `frame_work` how many seconds the last frame took, without the wait for the next one.
    """

    def __init__(
        self,
        *,
        window: tuple[int, int],
        store: PreferencesStore | None = None,
        launcher: WorldPort | None = None,
    ) -> None:
        self.launcher = launcher
        # How the last life ended, for who wants to see it again.
        self.last_death: Clip | None = None
        self.stack = SceneStack()
        self.window = window
        self.now = 0.0
        self.is_focused = True
        # Whether a gamepad is in the player's hands: hints name its buttons then.
        self.uses_pad = False
        self.frame_work = 0.0
        self.preferences = Preferences() if store is None else store.load()
        self.on_change: list[Callable[[Preferences], None]] = []
        self.apply_language()
        self.audio = Audio()
        self.audio.preferences = self.preferences
        self._store = store
        self._notices: deque[str] = deque()
        self._notice_until = 0.0
        self._backdrop: ArenaStage | None = None
        self._demo_world: DemoWorld | None = None
        self._backdrop_time = _GROWN
        if store is not None and store.notice:
            self.notify(store.notice)

    @property
    def notice(self) -> str:
        """The sentence that is shown now, or an empty text."""
        return self._notices[0] if self._notices else ""

    @property
    def backdrop(self) -> ArenaStage:
        """The arena behind the menus."""
        if self._backdrop is None:
            self._backdrop = ArenaStage(Session(PlaySettings.without_server()), window=self.window)
            self._backdrop.preferences = self.preferences
            world = self._backdrop.session.world
            self._demo_world = DemoWorld(world)
            world.advance(0.0)
        return self._backdrop

    def update_backdrop(self, now: float, elapsed: float) -> None:
        """Let the arena behind the menus go on, unless the player wants it to stand still."""
        backdrop = self.backdrop
        if self.preferences.motion and self._demo_world is not None:
            self._demo_world.update(now)
            self._backdrop_time = now
            backdrop.update(now, elapsed, ())
        else:
            backdrop.update(self._backdrop_time, 0.0, ())

    def notify(self, text: str) -> None:
        """Show a sentence for a few seconds, after those that wait already."""
        if text not in self._notices:
            self._notices.append(text)
            if len(self._notices) == 1:
                self._notice_until = self.now + _NOTICE_SECONDS

    def advance(self, now: float) -> None:
        """Go on to the time `now`."""
        if self.now == 0.0:
            self._notice_until += now
        self.now = now
        if self._notices and now >= self._notice_until:
            self._notices.popleft()
            self._notice_until = now + _NOTICE_SECONDS

    def change(self, **fields: Any) -> None:
        """Change preferences, keep them, and hand them to all that follow them."""
        self.preferences = replace(self.preferences, **fields)
        self.audio.preferences = self.preferences
        if "language" in fields:
            self.apply_language()
        if self._backdrop is not None:
            self._backdrop.preferences = self.preferences
        for callback in list(self.on_change):
            callback(self.preferences)
        if self._store is None:
            return
        try:
            self._store.save(self.preferences, fields)
        except Exception as error:  # noqa: BLE001 - the store's text is for the player; the game goes on without it
            self.notify(str(error))

    def apply_language(self) -> None:
        """Show texts in the language that the player prefers from now on; in English where its letters cannot be drawn."""
        wanted = self.preferences.language
        name = language.system_language() if wanted == language.AUTO else wanted
        language.use(name if can_write(name) else "en")

    def remember_name(self, name: str) -> None:
        """Keep the name that the player plays under; an empty one is none."""
        if name and name != self.preferences.name:
            self.change(name=name)

    def chosen_name(self, typed: str) -> str:
        """The name to play under, which is remembered. Who has only a gamepad cannot write one, and is a player all the same."""
        name = typed.strip()
        self.remember_name(name)
        return name or gettext("Player")

    def remember_server(self, server: str, database: str) -> None:
        """Put a world first in the list of those that were joined."""
        entry = RecentServer(server, database)
        others = [each for each in self.preferences.servers if each != entry]
        self.change(servers=(entry, *others)[:MAX_RECENT_SERVERS])
