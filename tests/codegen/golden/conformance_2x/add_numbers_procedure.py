"""The procedure `add_numbers`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable

from ._module import MODULE

procedure_name = "add_numbers"


def add_numbers(left: int, right: int, callback: Callable[[int], object] | None = None) -> None:
    """Call `add_numbers` through the ambient client, then `callback` with what it returned."""
    MODULE.call_procedure(procedure_name, left, right, callback=callback)
