"""Input: events of keyboard, mouse and gamepad in, an `Intent` out.

Posted key events do not reach `pygame.key.get_pressed()`, and a key pressed between two looks is lost to it: so the
state of the input is our own, fed by events alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import pygame

from game.match.intent import Intent
from game.match.settings import DEFAULT_KEYS, DEFAULT_PAD, Action
from game.match.steering import keys_direction, pointer_direction, stick_direction

__all__ = ["EJECT_SECONDS", "END_RUN_SECONDS", "PlayerInput"]

# How long the key that ends a run is held.
END_RUN_SECONDS = 1.0

# How long it is from one ejection to the next while its key or button is held.
EJECT_SECONDS = 0.15

# A stick at rest trembles: less is no move.
_STICK_NOTICED = 0.3


class _Device(Enum):
    """What steers: the last one that was used."""

    POINTER = 1
    KEYS = 2
    STICK = 3


class PlayerInput:
    """Where the pointer and the stick are, which keys are held, what was pressed since the last look."""

    def __init__(self, window: tuple[int, int]) -> None:
        self._pointer: tuple[float, float] = window[0] / 2, window[1] / 2
        self._stick = [0.0, 0.0]
        self._down: set[str] = set()
        self._ending_since: float | None = None
        self._device = _Device.POINTER
        self._course: tuple[float, float] | None = None
        self._now = 0.0
        self._split = False
        self._eject = False
        # When to eject again, while what ejects is held.
        self._eject_due: float | None = None
        self._suicide = False
        self._respawn = False
        self._keys: dict[str, Action] = {}
        self._buttons: dict[int, Action] = {}
        self.is_resting = False
        self.bind(DEFAULT_KEYS, DEFAULT_PAD)

    @property
    def is_held(self) -> bool:
        """Whether the course is held, so that the pointer is free."""
        return self._course is not None

    def bind(self, keys: Mapping[Action, tuple[str, ...]], pad: Mapping[Action, int]) -> None:
        """Use these keys (by name) and buttons (by number) from now on."""
        self._keys = {key: action for action, several in keys.items() for key in several}
        self._buttons = {button: action for action, button in pad.items()}

    def action(self, event: pygame.event.Event) -> Action | None:
        """What a press of a key or a button is bound to; None for any other event."""
        if event.type == pygame.KEYDOWN and not getattr(event, "repeat", False):
            return self._keys.get(pygame.key.name(event.key))
        if event.type == pygame.CONTROLLERBUTTONDOWN:
            return self._buttons.get(event.button)
        return None

    def feed(self, event: pygame.event.Event, window: tuple[int, int]) -> None:
        """Take in one event; `window` is the window's size in pixels."""
        self.follow(event)
        if event.type == pygame.MOUSEMOTION:
            self._device = _Device.POINTER
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == pygame.BUTTON_RIGHT:
            self._press(Action.EJECT, window)
        elif event.type == pygame.CONTROLLERAXISMOTION:
            if max(map(abs, self._stick)) > _STICK_NOTICED:
                self._device = _Device.STICK
        elif (action := self.action(event)) is not None:
            self._press(action, window)

    def follow(self, event: pygame.event.Event) -> None:
        """Take in where the hand is while its events are for others: what is let go of in a menu is no longer held.

        Nothing is wished for, and what steers stays what it was.
        """
        if event.type == pygame.MOUSEMOTION:
            self._pointer = event.pos
        elif event.type == pygame.CONTROLLERAXISMOTION and event.axis in (0, 1):
            self._stick[event.axis] = event.value / 32767.0
        elif event.type == pygame.KEYDOWN:
            self._down.add(pygame.key.name(event.key))
        elif event.type == pygame.KEYUP:
            name = pygame.key.name(event.key)
            self._down.discard(name)
            self._let_go(self._keys.get(name))
        elif event.type == pygame.CONTROLLERBUTTONUP:
            self._let_go(self._buttons.get(event.button))
        elif event.type == pygame.MOUSEBUTTONUP and event.button == pygame.BUTTON_RIGHT:
            self._let_go(Action.EJECT)

    def ask_respawn(self) -> None:
        """Wish for a new life with the next intent."""
        self._respawn = True

    def advance(self, now: float) -> None:
        """Go on to the time `now`: a run ends when its key was held long enough, and mass is ejected as long as it is."""
        self._now = now
        if self.is_resting:
            # What was begun before a menu, or in front of another window, ends there.
            self._eject_due = self._ending_since = None
        elif self._eject_due is not None and now >= self._eject_due:
            self._eject = True
            # After a long frame there is one pellet, and no volley of those that were missed.
            self._eject_due = max(self._eject_due + EJECT_SECONDS, now + EJECT_SECONDS / 2)
        if self._ending_since is not None and now - self._ending_since >= END_RUN_SECONDS:
            self._ending_since = None
            self._suicide = True

    @property
    def ending(self) -> float:
        """The share 0..1 of the time that the key which ends a run must be held."""
        if self._ending_since is None:
            return 0.0
        return min((self._now - self._ending_since) / END_RUN_SECONDS, 1.0)

    def take(self, window: tuple[int, int]) -> Intent:
        """The intent of this moment; presses are handed out once. At rest, nothing is wished for."""
        intent = Intent(respawn=self._respawn)
        if not self.is_resting:
            intent = Intent(
                direction=self._course if self._course is not None else self._direction(window),
                split=self._split,
                eject=self._eject,
                suicide=self._suicide,
                respawn=self._respawn,
            )
        self._split = self._eject = self._suicide = self._respawn = False
        return intent

    def drop_presses(self) -> None:
        """Forget what was pressed where it meant nothing, and let go of a held course; keys that are held still steer."""
        self._split = self._eject = self._suicide = self._respawn = False
        self._course = self._ending_since = self._eject_due = None

    def _is_down(self, action: Action) -> bool:
        return any(self._keys.get(key) is action for key in self._down)

    def _press(self, action: Action, window: tuple[int, int]) -> None:
        match action:
            case Action.UP | Action.DOWN | Action.LEFT | Action.RIGHT:
                self._device = _Device.KEYS
            case Action.SPLIT:
                self._split = True
            case Action.EJECT:
                self._eject = True
                self._eject_due = self._now + EJECT_SECONDS
            case Action.END_RUN:
                # Not at a slip of a finger: it is held until `ending` is 1.
                self._ending_since = self._now
            case Action.HOLD:
                self._course = None if self._course is not None else self._direction(window)
            case _:
                pass  # for other hands: scenes have keys of their own

    def _let_go(self, action: Action | None) -> None:
        match action:
            case Action.END_RUN:
                self._ending_since = None
            case Action.EJECT:
                self._eject_due = None
            case _:
                pass  # what is done once, or steers

    def _direction(self, window: tuple[int, int]) -> tuple[float, float]:
        if self._device is _Device.KEYS:
            return keys_direction(
                left=self._is_down(Action.LEFT),
                right=self._is_down(Action.RIGHT),
                up=self._is_down(Action.UP),
                down=self._is_down(Action.DOWN),
            )
        if self._device is _Device.STICK:
            return stick_direction(*self._stick)
        return pointer_direction(self._pointer, window)
