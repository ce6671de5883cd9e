"""Effects: what is drawn of a moment of the world besides its circles, its food and its words.

A new effect is a file in `game/client/render/effects/` with an `EFFECT`: nothing else has to know it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import pygame

import game.client.render.effects
from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import Palette

__all__ = ["Effect", "Picture", "effects"]


@dataclass(frozen=True, slots=True)
class Picture:
    """What an effect is drawn into, and of what: the `world` at `world.now`, as `view` sees it.

    `moving_food` are the entities of food that may be in flight; where the player wants no `motion`, things stand still.
    """

    screen: pygame.Surface
    world: World
    view: View
    palette: Palette
    moving_food: Collection[int]
    motion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """`draw` is called for each frame, and changes nothing: the same picture twice has the same pixels. An effect that
    `is_under` lies beneath the circles, any other over all that is drawn of the arena.
    """

    name: str
    draw: Callable[[Picture], None]
    is_under: bool = False


@cache
def effects() -> tuple[Effect, ...]:
    """Every effect, in the order of the files' names.

    Raises:
        TypeError: a file in `game/client/render/effects/` has no `EFFECT`.
    """
    found: list[Effect] = []
    for each in sorted(iter_modules(game.client.render.effects.__path__), key=lambda each: each.name):
        effect = getattr(import_module(f"{game.client.render.effects.__name__}.{each.name}"), "EFFECT", None)
        if not isinstance(effect, Effect):
            raise TypeError(
                f"game/client/render/effects/{each.name}.py has no EFFECT: write EFFECT = Effect(...) into it"
            )
        found.append(effect)
    return tuple(found)
