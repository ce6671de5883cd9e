"""Error scene: what went wrong, and what can be done."""

from __future__ import annotations

from collections.abc import Callable

from game.language import Verbatim
from game.presentation.error_texts import Explanation

from ..app_context import AppContext
from ..scene import Scene
from ..ui.form import Form
from ..ui.widgets import Button
from .menu import MenuScene

__all__ = ["ErrorScene"]


class ErrorScene(MenuScene):
    """Headline, meaning and remedy; `again` makes the scene that tries once more."""

    is_warning = True
    title_size = 64
    hint = ""

    def __init__(
        self, context: AppContext, explanation: Explanation, *, again: Callable[[], Scene] | None = None
    ) -> None:
        self._again = again
        self.explanation = explanation
        back = Button("Back", self._back, is_main=again is None)
        rows = [back] if again is None else [Button("Try again", self._try_again, is_main=True), back]
        super().__init__(context, Form(rows, on_back=self._back, above=290.0, width=340.0))
        self.title = Verbatim(explanation.headline)
        self.words = f"{explanation.means}\n \n{explanation.remedy}".strip()

    def _try_again(self) -> None:
        if self._again is not None:
            self.context.stack.replace(self, self._again())
