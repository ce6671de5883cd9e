"""Host scene: a world of one's own is open to others, and what to tell them."""

from __future__ import annotations

from game.language import N_, Verbatim, gettext
from game.match.launcher_ports import OpenWorld, invitation
from game.presentation.palette import ACCENT, INK_SOFT

from ..app_context import AppContext
from ..ui.form import Form
from ..ui.widgets import Button, Caption
from .menu import MenuScene
from .playing import PlayingScene

__all__ = ["HostScene"]


class HostScene(MenuScene):
    """Shows the addresses; the world ends when it is left."""

    title = N_("Your world is open")
    title_size = 64
    hint = N_("It closes when you leave it, and goes on from there the next time")

    def __init__(self, context: AppContext, world: OpenWorld) -> None:
        self._world: OpenWorld | None = world
        first, *addresses, last = invitation(world) or (gettext("Nobody else can reach this machine."), "")
        form = Form(
            (
                Caption(Verbatim(first)),
                *(Caption(Verbatim(address), colour=ACCENT) for address in addresses),
                Caption(Verbatim(last), colour=INK_SOFT),
                Button("Start playing", self._play, is_main=True),
                Button("Close the world", self._back),
            ),
            on_back=self._back,
            above=170.0,
            width=620.0,
        )
        super().__init__(context, form)

    def close(self) -> None:
        if self._world is not None:
            self._world.close()

    def _play(self) -> None:
        world, self._world = self._world, None
        if world is not None:
            self.context.stack.replace(self, PlayingScene(self.context, world))
