"""Hints: what a new player is shown, one thing after the other."""

from __future__ import annotations

from collections.abc import Mapping

from ...language import gettext
from ...match.settings import Action
from .key_names import button_name, key_name

__all__ = ["HINT_SECONDS", "hints"]

# For how long each stands: twice what it takes to read it.
HINT_SECONDS = 6.0


def hints(
    keys: Mapping[Action, tuple[str, ...]],
    *,
    split_from: int,
    eject_from: int,
    throws: bool = True,
    pad: Mapping[Action, int] | None = None,
) -> tuple[str, ...]:
    """What is said, in its order. Where `eject_from` is 0 nothing can be ejected; `throws` is whether what is split off flies.

    To who has a gamepad in the hands its buttons are named, which `pad` has.
    """

    def key(action: Action) -> str:
        if pad is not None and action in pad:
            return button_name(pad[action]).upper()
        bound = next(iter(keys.get(action, ())), None)
        return gettext("the button") if bound is None else key_name(bound).upper()

    splitting = (
        gettext("From a mass of {mass} on {key} throws half of you forward")
        if throws
        else gettext("From a mass of {mass} on {key} splits you in two")
    )
    ejecting = gettext(
        "From a mass of {mass} on {key}, held, ejects mass: lighter is faster, and others bite"
    ).format(mass=eject_from, key=key(Action.EJECT))
    return (
        gettext("Steer with the mouse, W A S D or the arrows: you go where you point")
        if pad is None
        else gettext("Steer with the left stick: you go where it leans"),
        gettext("Eat the small lights, and circles with a ring inside: they are lighter than you"),
        gettext("Flee circles with teeth: they can eat you"),
        splitting.format(mass=split_from, key=key(Action.SPLIT)),
        *((ejecting,) if eject_from else ()),
        gettext("{key} is the menu").format(key=key(Action.PAUSE)),
    )
