"""Which scene takes the events, which are drawn, which are closed."""

from __future__ import annotations

import pygame
import pytest

from game.client.scene import Scene
from game.client.scene_stack import SceneStack


class Named(Scene):
    """Writes down what happens to it."""

    def __init__(self, name: str, log: list[str], *, is_overlay: bool = False) -> None:
        self.name = name
        self.log = log
        self.is_overlay = is_overlay

    def enter(self) -> None:
        self.log.append(f"enter {self.name}")

    def close(self) -> None:
        self.log.append(f"close {self.name}")

    def update(self, now: float, elapsed: float) -> None:
        self.log.append(f"update {self.name}")

    def draw(self, screen: pygame.Surface) -> None:
        self.log.append(f"draw {self.name}")


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def stack(log: list[str]) -> SceneStack:
    """A title, a game over it, and two overlays over that."""
    stack = SceneStack()
    for name, is_overlay in (("title", False), ("game", False), ("pause", True), ("settings", True)):
        stack.push(Named(name, log, is_overlay=is_overlay))
    log.clear()
    return stack


def scene(stack: SceneStack, name: str) -> Scene:
    return next(each for each in stack if isinstance(each, Named) and each.name == name)


def test_the_game_goes_on_below_its_menus(stack: SceneStack, log: list[str]) -> None:
    stack.update(1.0, 0.1)
    assert log == ["update title", "update game", "update pause", "update settings"]


def test_of_overlays_only_the_top_one_is_seen(
    stack: SceneStack, log: list[str], screen: pygame.Surface
) -> None:
    stack.draw(screen)
    assert log == ["draw game", "draw settings"]


def test_popping_takes_along_what_lies_above(stack: SceneStack, log: list[str]) -> None:
    game = scene(stack, "game")
    stack.pop(game)
    assert log == ["close settings", "close pause", "close game", "enter title"]
    stack.pop(game)
    assert stack.top is scene(stack, "title")


def test_replacing_takes_along_what_lies_above(stack: SceneStack, log: list[str]) -> None:
    stack.replace(scene(stack, "game"), Named("trouble", log))
    assert log == ["close settings", "close pause", "close game", "enter trouble"]
    assert len(stack) == 2


def test_an_empty_stack_is_the_end(stack: SceneStack, log: list[str], screen: pygame.Surface) -> None:
    stack.clear()
    assert not stack
    assert stack.top is None
    stack.update(1.0, 0.1)
    stack.draw(screen)
    assert log == ["close settings", "close pause", "close game", "close title"]
