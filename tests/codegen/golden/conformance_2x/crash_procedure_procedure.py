"""The procedure `crash_procedure`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable

from ._module import MODULE

procedure_name = "crash_procedure"


def crash_procedure(callback: Callable[[tuple[()]], object] | None = None) -> None:
    """Call `crash_procedure` through the ambient client, then `callback` with what it returned."""
    MODULE.call_procedure(procedure_name, callback=callback)
