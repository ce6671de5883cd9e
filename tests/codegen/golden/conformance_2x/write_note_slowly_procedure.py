"""The procedure `write_note_slowly`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable

from ._module import MODULE

procedure_name = "write_note_slowly"


def write_note_slowly(text: str, callback: Callable[[int], object] | None = None) -> None:
    """Call `write_note_slowly` through the ambient client, then `callback` with what it returned."""
    MODULE.call_procedure(procedure_name, text, callback=callback)
