"""The type `Nothing`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nothing:
    pass
