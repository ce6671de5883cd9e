"""Opening scene: a world, or a match, is opened; that takes a second, on a thread of its own, and the picture goes on."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, Protocol, TypeVar

import pygame

from game.language import gettext
from game.presentation.error_texts import Explanation
from game.presentation.palette import INK_SOFT

from ..app_context import AppContext
from ..scene import Scene
from ..ui.layout import menu_unit
from ..ui.navigation import Navigation, Navigator
from ..views.waiting import way_back
from .error import ErrorScene

__all__ = ["OpeningScene"]


class _Closable(Protocol):
    @property
    def close(self) -> Callable[[], None]: ...


T = TypeVar("T", bound=_Closable)


class OpeningScene(Scene, Generic[T]):
    """Opens a world with `opens` and gives way to `then(world)`, or to what went wrong. Escape goes back at once."""

    def __init__(
        self,
        context: AppContext,
        words: str,
        opens: Callable[[], T],
        then: Callable[[T], Scene],
    ) -> None:
        self._context = context
        self._words = words
        self._opens = opens
        self._then = then
        self._navigator = Navigator()
        # The scene may be left in the moment in which its world opens: one of the two threads closes that.
        self._lock = Lock()
        self._result: T | Exception | None = None
        self._left = False
        self._begun = False

    def enter(self) -> None:
        if not self._begun:
            self._begun = True
            Thread(target=self._open, name="opening a world", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self._left = True
            result, self._result = self._result, None
        if result is not None and not isinstance(result, Exception):
            result.close()

    def handle(self, event: pygame.event.Event) -> None:
        if self._navigator.read(event) is Navigation.BACK:
            self._context.stack.pop(self)

    def update(self, now: float, elapsed: float) -> None:
        self._context.update_backdrop(now, elapsed)
        with self._lock:
            result, self._result = self._result, None
        if result is None:
            return
        if not isinstance(result, Exception):
            self._context.stack.replace(self, self._then(result))
            return
        again = OpeningScene(self._context, self._words, self._opens, self._then)
        explanation = Explanation(gettext("That did not work"), str(result), "")
        self._context.stack.replace(self, ErrorScene(self._context, explanation, again=lambda: again))

    def draw(self, screen: pygame.Surface) -> None:
        backdrop = self._context.backdrop
        backdrop.draw_world(screen, dim=0.5, names=False)
        middle = screen.get_height() / 2
        backdrop.draw_title(screen, gettext(self._words), y=middle, size=round(screen.get_height() * 0.07))
        unit = menu_unit(screen.get_size())
        backdrop.draw_text(
            screen, way_back(self._context), y=middle + 60 * unit, size=round(24 * unit), colour=INK_SOFT
        )

    def _open(self) -> None:
        result: T | Exception
        try:
            result = self._opens()
        except Exception as error:  # noqa: BLE001 - handed to the thread that draws, which tells it to the player
            result = error
        with self._lock:
            if not self._left:
                self._result = result
                return
        # The player has left meanwhile: what was opened is closed again.
        if not isinstance(result, Exception):
            result.close()
