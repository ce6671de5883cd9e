"""Preferences: the player's settings in the config folder. One JSON object, replaced as a whole, mended when it is broken."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

from game.language import gettext
from game.launcher.errors import LauncherError
from game.launcher.files import config_folder, write_atomically
from game.match.settings import (
    DEFAULT_KEYS,
    DEFAULT_PAD,
    MAX_RECENT_SERVERS,
    MOST_KEYS,
    Action,
    Preferences,
    RecentServer,
)

__all__ = ["PreferencesFile"]

# Broken files that are set aside get numbers; then the last one is overwritten.
_MOST_SET_ASIDE = 100
# The only key of each action whose keys are others since there may be several.
_FORMER_KEYS = {
    Action.UP: "up",
    Action.DOWN: "down",
    Action.LEFT: "left",
    Action.RIGHT: "right",
    Action.END_RUN: "s",
    Action.PAUSE: "escape",
}


class PreferencesFile:
    """`settings.json`. What is in it and not understood is set aside under another name, and the rest is used.

    `notice` says so in one sentence, for the player; it is empty when all is well.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / "settings.json"
        # What was wrong, and where the file was set aside to, or why it could not be.
        self._trouble: tuple[str, str, Path | None] | None = None

    @property
    def notice(self) -> str:
        """In the language of the moment, which the file itself may say."""
        if self._trouble is None:
            return ""
        reason, failure, aside = self._trouble
        if aside is None:
            return gettext("Your settings in {path} cannot be used: {reason}; {failure}").format(
                path=self.path, reason=reason, failure=failure
            )
        return gettext("Your settings could not be read: {reason}. The old file is now {aside}").format(
            reason=reason, aside=aside
        )

    def load(self) -> Preferences:
        """The kept preferences, or those of a new player. Never fails: see `notice`."""
        try:
            # Some editors begin a text with a mark of its encoding.
            text = self.path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return Preferences()
        except (OSError, UnicodeDecodeError) as error:
            return self._mended(Preferences(), str(error))
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            return self._mended(Preferences(), f"it is no JSON ({error})")
        if not isinstance(values, dict):
            return self._mended(Preferences(), "it is no JSON object")
        preferences, wrong = _read(cast("dict[str, Any]", values))
        return self._mended(preferences, f"{', '.join(wrong)} cannot be used") if wrong else preferences

    def save(self, preferences: Preferences, changed: Collection[str]) -> None:
        """Keep the `changed` fields; the others stay what they are in the file, where a second window may have set them.

        Raises:
            LauncherError: the folder cannot be written to.
        """
        kept = self.load()
        merged = replace(kept, **{name: getattr(preferences, name) for name in changed})
        # A best is none once the other window has a better one.
        merged = replace(merged, best_mass=max(merged.best_mass, kept.best_mass))
        # So is a goal that the other window has reached.
        merged = replace(merged, goals=tuple(dict.fromkeys((*kept.goals, *merged.goals))))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise LauncherError(
                gettext("cannot make the folder {folder}: {reason}").format(
                    folder=self.path.parent, reason=error.strerror
                )
            ) from error
        write_atomically(self.path, _text_of(merged))

    def _mended(self, preferences: Preferences, reason: str) -> Preferences:
        """Set the file aside under the first free name."""
        number = 1
        while (aside := self._set_aside_as(number)).exists() and number < _MOST_SET_ASIDE:
            number += 1
        try:
            os.replace(self.path, aside)
        except OSError as error:
            self._trouble = reason, error.strerror or str(error), None
            return preferences
        self._trouble = reason, "", aside
        if preferences != Preferences():
            write_atomically(self.path, _text_of(preferences))
        return preferences

    def _set_aside_as(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.stem}-broken-{number}{self.path.suffix}")


def _text_of(preferences: Preferences) -> str:
    values: dict[str, object] = {each.name: getattr(preferences, each.name) for each in fields(Preferences)}
    values["keys"] = {action.value: list(keys) for action, keys in preferences.keys.items()}
    values["pad"] = {action.value: button for action, button in preferences.pad.items()}
    values["servers"] = [{"server": each.server, "database": each.database} for each in preferences.servers]
    return json.dumps(values, indent=2) + "\n"


def _read(values: Mapping[str, Any]) -> tuple[Preferences, list[str]]:
    """The preferences in `values`, and the names of those that are none. Fields of other versions are left alone."""
    preferences = Preferences()
    wrong: list[str] = []
    for name, read in _READERS.items():
        if name not in values:
            continue
        try:
            preferences = replace(preferences, **{name: read(values[name])})
        except (ValueError, TypeError, KeyError, AttributeError):
            wrong.append(name)
    return preferences, wrong


def _name(value: Any) -> str | None:
    return None if value is None else _text(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _mass(value: Any) -> int:
    # What a server can say of one.
    mass = _whole(value)
    if not 0 <= mass < 1 << 32:
        raise ValueError
    return mass


def _colour(value: Any) -> int | None:
    return None if value is None else _whole(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    # JSON can hold half a letter, which no server can be sent: ValueError.
    value.encode()
    return value


def _keys(value: Any) -> Mapping[Action, tuple[str, ...]]:
    own: dict[Action, tuple[str, ...]] = {}
    for name, keys in value.items():
        action = Action(name)
        if isinstance(keys, str):
            # A file of before an action could have several keys. What it had at first has other keys now.
            if keys == _FORMER_KEYS.get(action):
                continue
            keys = [keys]
        own[action] = tuple(_text(key) for key in keys)[:MOST_KEYS]
    taken = {key for keys in own.values() for key in keys}
    others = {
        action: tuple(key for key in keys if key not in taken)
        for action, keys in DEFAULT_KEYS.items()
        if action not in own
    }
    return {**others, **own}


def _pad(value: Any) -> Mapping[Action, int]:
    own = {Action(action): _whole(button) for action, button in value.items()}
    # A file of before an action had a button: what the player has put there stays there.
    return {
        **{action: button for action, button in DEFAULT_PAD.items() if button not in own.values()},
        **own,
    }


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(dict.fromkeys(_text(name) for name in cast("Collection[Any]", value)))


def _servers(value: Any) -> tuple[RecentServer, ...]:
    servers = [RecentServer(_text(each["server"]), _text(each["database"])) for each in value]
    return tuple(servers[:MAX_RECENT_SERVERS])


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "volume": _number,
    "muted": _flag,
    "music": _number,
    "effects": _number,
    "menus": _number,
    "palette": _text,
    "motion": _flag,
    "shake": _flag,
    "flashes": _flag,
    "keys": _keys,
    "pad": _pad,
    "fps_cap": _whole,
    "vsync": _flag,
    "full_screen": _flag,
    "servers": _servers,
    "difficulty": _text,
    "bots": _whole,
    "rules": _text,
    "announce": _flag,
    "best_mass": _mass,
    "colour": _colour,
    "quality": _text,
    "net_hud": _flag,
    "seen_hints": _flag,
    "goals": _names,
    "record": _flag,
    "language": _text,
}
