"""What every scene can do, and the stack that they lie on."""

from __future__ import annotations

from collections.abc import Iterator

import pygame

__all__ = ["Scene", "SceneStack"]


class Scene:
    """One of the things the window shows. Only `handle` and `update` change anything; `draw` never does.

    A scene that is an `is_overlay` is drawn over the one below it. While it `takes_text`, letters are no commands.
    """

    is_overlay = False

    @property
    def takes_text(self) -> bool:
        """Whether letters are text now."""
        return False

    def enter(self) -> None:
        """Become the scene on top, for the first time or again."""

    def close(self) -> None:
        """Leave the stack for good."""

    def handle(self, event: pygame.event.Event) -> None:
        """Take in one event of the window."""

    def update(self, now: float, elapsed: float) -> None:
        """Go on to the time `now`, `elapsed` seconds after the call before. Covered scenes are updated too."""

    def draw(self, screen: pygame.Surface) -> None:
        """Draw the window."""


class SceneStack:
    """Scenes one over the other; the top one takes the events. With none left the game is over."""

    def __init__(self) -> None:
        self._scenes: list[Scene] = []

    def __iter__(self) -> Iterator[Scene]:
        return iter(self._scenes)

    def __len__(self) -> int:
        return len(self._scenes)

    @property
    def top(self) -> Scene | None:
        """The scene that takes the events."""
        return self._scenes[-1] if self._scenes else None

    def push(self, scene: Scene) -> None:
        """Put a scene on top."""
        self._scenes.append(scene)
        scene.enter()

    def pop(self, scene: Scene) -> None:
        """Take `scene`, and all that lies over it, away; the one below comes back. Twice is fine."""
        if scene not in self._scenes:
            return
        while True:
            top = self._scenes.pop()
            top.close()
            if top is scene:
                break
        if self._scenes:
            self._scenes[-1].enter()

    def replace(self, scene: Scene, other: Scene) -> None:
        """Put `other` where `scene` is, taking away what lies over it."""
        while self._scenes and self._scenes[-1] is not scene:
            self._scenes.pop().close()
        self._scenes.pop().close()
        self.push(other)

    def clear(self) -> None:
        """Close every scene: the game is over."""
        while self._scenes:
            self._scenes.pop().close()

    def update(self, now: float, elapsed: float) -> None:
        """Update every scene, the lowest first."""
        for scene in list(self._scenes):
            scene.update(now, elapsed)

    def draw(self, screen: pygame.Surface) -> None:
        """Draw what can be seen: the highest scene that is no overlay, and of the overlays the top one."""
        if not self._scenes:
            return
        lowest = len(self._scenes) - 1
        while lowest > 0 and self._scenes[lowest].is_overlay:
            lowest -= 1
        self._scenes[lowest].draw(screen)
        if lowest < len(self._scenes) - 1:
            self._scenes[-1].draw(screen)
