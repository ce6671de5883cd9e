"""Key names: what keys and buttons are called, in the language of the moment."""

from __future__ import annotations

from ...language import gettext, pgettext

__all__ = ["button_beside_keys", "button_name", "key_name"]


def key_name(key: str) -> str:
    """A key by the name that `pygame.key.name` has for it, written as on the key: `W`, `Left Shift`, `F3`."""
    return _key_names().get(key, key).title()


def button_name(button: int) -> str:
    """A button of a gamepad by its number at SDL."""
    names = _button_names()
    return names[button] if 0 <= button < len(names) else str(button)


def button_beside_keys(button: int) -> str:
    """The same where keys stand beside it: A is a key, too."""
    name = button_name(button)
    return gettext("pad {button}").format(button=name) if len(name) == 1 else name.title()


def _key_names() -> dict[str, str]:
    return {
        "space": pgettext("key", "space"),
        "return": pgettext("key", "return"),
        "escape": pgettext("key", "escape"),
        "tab": pgettext("key", "tab"),
        "backspace": pgettext("key", "backspace"),
        "delete": pgettext("key", "delete"),
        "insert": pgettext("key", "insert"),
        "home": pgettext("key", "home"),
        "end": pgettext("key", "end"),
        "page up": pgettext("key", "page up"),
        "page down": pgettext("key", "page down"),
        "up": pgettext("key", "up"),
        "down": pgettext("key", "down"),
        "left": pgettext("key", "left"),
        "right": pgettext("key", "right"),
        "left shift": pgettext("key", "left shift"),
        "right shift": pgettext("key", "right shift"),
        "left ctrl": pgettext("key", "left ctrl"),
        "right ctrl": pgettext("key", "right ctrl"),
        "left alt": pgettext("key", "left alt"),
        "right alt": pgettext("key", "right alt"),
        "caps lock": pgettext("key", "caps lock"),
        "enter": pgettext("key", "enter"),
    }


def _button_names() -> tuple[str, ...]:
    return (
        "A",
        "B",
        "X",
        "Y",
        pgettext("button", "back"),
        pgettext("button", "guide"),
        pgettext("button", "start"),
        gettext("left stick"),
        gettext("right stick"),
        gettext("left shoulder"),
        gettext("right shoulder"),
        gettext("pad up"),
        gettext("pad down"),
        gettext("pad left"),
        gettext("pad right"),
    )
