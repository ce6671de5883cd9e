"""Functions over JSON values, one for each type of a space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..algebraic_type import AlgebraicType, Ref
from ..bsatn.codec import CodecSpace

__all__ = ["PerType"]


class PerType:
    """Makes the function of a type, and of each slot that it refers to once."""

    def __init__(self, space: CodecSpace) -> None:
        self.space = space
        self._slots: dict[int, Callable[[Any], Any]] = {}

    def of(self, type_: AlgebraicType) -> Callable[[Any], Any]:
        """The function of a type, by the class that its slot is bound to where it is a reference."""
        if not isinstance(type_, Ref):
            return self._resolved(type_, None)
        if type_.index not in self._slots:
            # A recursive type meets its own function through this name before that is made.
            self._slots[type_.index] = lambda value: made(value)
            made = self._resolved(self.space.typespace.resolve(type_), self.space.classes.get(type_.index))
            self._slots[type_.index] = made
        return self._slots[type_.index]

    def _resolved(self, type_: AlgebraicType, bound: object) -> Callable[[Any], Any]:
        raise NotImplementedError
