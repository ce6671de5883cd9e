"""Scene stack: scenes that lie one over the other."""

from __future__ import annotations

from collections.abc import Iterator

import pygame

from .scene import Scene

__all__ = ["SceneStack"]


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

    def handle(self, event: pygame.event.Event) -> None:
        """Hand an event to the scene on top; those below it may follow where the hand is."""
        if not self._scenes:
            return
        *covered, top = self._scenes
        top.handle(event)
        for scene in covered:
            scene.follow(event)

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
