"""The procedure `add_numbers`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._module import MODULE

procedure_name = "add_numbers"


def add_numbers(left: int, right: int, callback: Callable[[int], Any] | None = None) -> None:
    """Call `add_numbers` through the ambient client, then `callback` with what it returned."""
    MODULE.call_procedure(procedure_name, left, right, callback=callback)
