"""Loading: from `package.module:function` to the brain that it names."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from game.bots.personality import Personality
from game.match.intent import Intent
from game.match.observation import Observation

__all__ = ["BrainError", "Decide", "load_brain"]

Decide = Callable[[Observation, Personality], Intent]


class BrainError(Exception):
    """A brain that cannot be found; `reference` is what was asked for, `reason` says what to change."""

    def __init__(self, reference: str, reason: str) -> None:
        self.reference = reference
        self.reason = reason
        super().__init__(reference, reason)

    def __str__(self) -> str:
        return f"cannot use the brain {self.reference!r}: {self.reason}"


def load_brain(reference: str) -> Decide:
    """The function `package.module:function`, called as `function(observation, personality) -> Intent`.

    Raises:
        BrainError: there is no such module or function.
    """
    module_name, colon, function_name = reference.partition(":")
    if not (module_name and colon and function_name):
        raise BrainError(reference, "write it as package.module:function")
    try:
        module = import_module(module_name)
    except ImportError as error:
        raise BrainError(reference, f"{error}; is its folder on PYTHONPATH?") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise BrainError(reference, f"{module_name} has no function {function_name!r}")
    return cast(Decide, function)
