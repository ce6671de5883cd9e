"""Settings: what a player can set. Each change holds, and is kept, at once."""

from __future__ import annotations

from game.language import AUTO, LANGUAGES, N_, Verbatim
from game.match.session import MAX_NAME_LENGTH
from game.match.settings import FPS_CAPS, PALETTES, QUALITY_NAMES

from ..app_context import AppContext
from ..ui.fonts import can_write
from ..ui.form import Form, Row
from ..ui.text_field import TextField
from ..ui.widgets import Button, Choice, Slider, Toggle
from .controls import ControlsScene
from .menu import MenuScene

__all__ = ["SettingsScene"]


# Of the standard palette, in its order.
COLOUR_NAMES = (
    N_("sky"), N_("coral"), N_("green"), N_("violet"), N_("amber"), N_("pink"), N_("mint"), N_("indigo"), N_("orange"),
    N_("lime"), N_("magenta"), N_("steel"),
)  # fmt: skip


class SettingsScene(MenuScene):
    """Name, sound, looks, frames, and the way to keys and buttons."""

    title = N_("Settings")
    title_size = 56

    def __init__(self, context: AppContext, *, is_overlay: bool = False) -> None:
        self.is_overlay = is_overlay
        now = context.preferences
        form = Form(
            (
                TextField(
                    "Name",
                    now.name or "",
                    longest=MAX_NAME_LENGTH,
                    placeholder=N_("asked when you play"),
                    on_change=lambda name: context.change(name=name.strip() or None),
                ),
                _language_row(context),
                Slider("Volume", now.volume, lambda volume: context.change(volume=volume, muted=False)),
                Slider("Music", now.music, lambda music: context.change(music=music)),
                Slider("Effects", now.effects, lambda effects: context.change(effects=effects)),
                Slider("Menus", now.menus, lambda menus: context.change(menus=menus)),
                _colour_row(context),
                (
                    Toggle("Mute", now.muted, lambda muted: context.change(muted=muted)),
                    Toggle("Moving sky", now.motion, lambda motion: context.change(motion=motion)),
                ),
                (
                    Toggle("Screen shake", now.shake, lambda shake: context.change(shake=shake)),
                    Toggle("Flashes", now.flashes, lambda flashes: context.change(flashes=flashes)),
                ),
                *_frame_rows(context),
                # In one row, so that a window of 720 pixels shows all of them.
                (
                    Button(
                        "Keys and buttons",
                        lambda: context.stack.push(ControlsScene(context, is_overlay=is_overlay)),
                    ),
                    Button("Back", self._back, is_main=True),
                ),
            ),
            on_back=self._back,
            above=135.0,
            below=48.0,
            width=520.0,
            compact=True,
        )
        super().__init__(context, form)
        form.focus(form.widget("Volume"), context.window)
        unwritable = [name for name in LANGUAGES if not can_write(name)]
        if unwritable:
            # In English: who misses a language of these reads another one.
            self.hint = N_("For Japanese, install a font that has its letters, such as Noto Sans CJK")


def _language_row(context: AppContext) -> Row:
    """Which language; of those whose letters nothing here can draw none is offered."""
    names = [(name, Verbatim(own)) for name, own in LANGUAGES.items() if can_write(name)]
    return Choice(
        "Language",
        [(AUTO, N_("as the system")), *names],
        context.preferences.language,
        lambda language: context.change(language=language),
    )


def _colour_row(context: AppContext) -> Row:
    """All colours, and the own one."""
    now = context.preferences
    return (
        Choice(
            "Palette",
            [(each, each) for each in PALETTES],
            now.palette,
            lambda palette: context.change(palette=palette),
        ),
        Choice(
            "Your colour",
            [(None, N_("any")), *enumerate(COLOUR_NAMES)],
            now.colour,
            lambda colour: context.change(colour=colour),
        ),
    )


def _frame_rows(context: AppContext) -> tuple[Row, ...]:
    """How many frames, how fine, and where."""
    now = context.preferences
    return (
        (
            Choice(
                "Frames per second",
                [(cap, Verbatim(cap)) for cap in sorted({*FPS_CAPS, now.fps_cap})],
                now.fps_cap,
                lambda cap: context.change(fps_cap=cap),
            ),
            Choice(
                "Quality",
                [(each, each) for each in QUALITY_NAMES],
                now.quality,
                lambda quality: context.change(quality=quality),
            ),
        ),
        (
            Toggle("Vertical sync", now.vsync, lambda vsync: context.change(vsync=vsync)),
            Toggle("Full screen", now.full_screen, lambda full: context.change(full_screen=full)),
        ),
    )
