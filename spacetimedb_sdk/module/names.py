"""The names a module's items have on the wire (spec: schema.md section 2.1)."""

from __future__ import annotations

import re

__all__ = ["camel_case", "snake_case"]

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """`MoveAllPlayersTimer` -> `move_all_players_timer`; what is snake case already stays."""
    return "_".join(part for part in _WORD_START.sub("_", name).split("_") if part).lower()


def camel_case(name: str) -> str:
    """`DarkRed` and `dark_red` -> `darkRed`: how a 2.x module's variants are called."""
    first, *rest = snake_case(name).split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
