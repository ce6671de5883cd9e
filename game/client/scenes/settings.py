"""What a player can set. Each change holds, and is kept, at once."""

from __future__ import annotations

from game.world.session import MAX_NAME_LENGTH
from game.world.settings import FPS_CAPS, PALETTES

from ..desk import Desk
from ..ui.form import Form
from ..ui.widgets import Button, Choice, Slider, TextField, Toggle
from .bindings import BindingsScene
from .menu import MenuScene

__all__ = ["SettingsScene"]


class SettingsScene(MenuScene):
    """Name, sound, looks, frames, and the way to the bindings."""

    title = "Settings"
    title_size = 56

    def __init__(self, desk: Desk, *, is_overlay: bool = False) -> None:
        self.is_overlay = is_overlay
        now = desk.preferences
        back = Button("Back", self._back, is_main=True)
        form = Form(
            (
                TextField(
                    "Name",
                    now.name or "",
                    longest=MAX_NAME_LENGTH,
                    placeholder="asked when you play",
                    on_change=lambda name: desk.change(name=name.strip() or None),
                ),
                Slider("Volume", now.volume, lambda volume: desk.change(volume=volume, muted=False)),
                Toggle("Mute", now.muted, lambda muted: desk.change(muted=muted)),
                Choice(
                    "Palette",
                    [(each, each) for each in PALETTES],
                    now.palette,
                    lambda palette: desk.change(palette=palette),
                ),
                Toggle("Moving background", now.motion, lambda motion: desk.change(motion=motion)),
                Toggle("Screen shake", now.shake, lambda shake: desk.change(shake=shake)),
                Toggle("Flashes", now.flashes, lambda flashes: desk.change(flashes=flashes)),
                Choice(
                    "Frames per second",
                    [(cap, f"at most {cap}") for cap in sorted({*FPS_CAPS, now.fps_cap})],
                    now.fps_cap,
                    lambda cap: desk.change(fps_cap=cap),
                ),
                Toggle("Vertical sync", now.vsync, lambda vsync: desk.change(vsync=vsync)),
                Toggle("Full screen", now.full_screen, lambda full: desk.change(full_screen=full)),
                Button(
                    "Keys and buttons", lambda: desk.stack.push(BindingsScene(desk, is_overlay=is_overlay))
                ),
                back,
            ),
            on_back=self._back,
            above=135.0,
            below=48.0,
            compact=True,
        )
        super().__init__(desk, form)
        form.focus(form.widget("Volume"), desk.window)

    def _back(self) -> None:
        self.desk.stack.pop(self)
