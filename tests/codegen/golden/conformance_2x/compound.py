"""The public table `compound`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Some

from .colour import Colour
from .nothing import Nothing
from .shape import Shape
from .vector2 import Vector2


@dataclass(frozen=True, slots=True)
class Compound(TableRow):
    """One row of `compound`; its class methods are the table."""

    primary_key: ClassVar[str] = "id"

    id: int
    maybe_number: int | None
    maybe_text: str | None
    maybe_maybe: Some[int | None] | None
    maybe_vector: Vector2 | None
    bytes: builtins.bytes
    numbers: list[int]
    texts: list[str]
    colours: list[Colour]
    matrix: list[list[float]]
    position: Vector2
    nothing: Nothing
    shape: Shape
    shapes: list[Shape]

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            id: int = ...,
            maybe_number: int | None = ...,
            maybe_text: str | None = ...,
            maybe_maybe: Some[int | None] | None = ...,
            maybe_vector: Vector2 | None = ...,
            bytes: builtins.bytes = ...,
            numbers: list[int] = ...,
            texts: list[str] = ...,
            colours: list[Colour] = ...,
            matrix: list[list[float]] = ...,
            position: Vector2 = ...,
            nothing: Nothing = ...,
            shape: Shape = ...,
            shapes: list[Shape] = ...,
        ) -> Compound: ...

    @classmethod
    def filter_by_id(cls, id: int) -> Compound | None:
        """The row whose unique `id` equals the value, or None."""
        return cls._find("id", id)

    @classmethod
    def filter_by_maybe_number(cls, maybe_number: int | None) -> Rows[Compound]:
        """The rows whose `maybe_number` equals the value."""
        return Compound._filter("maybe_number", maybe_number)

    @classmethod
    def filter_by_maybe_text(cls, maybe_text: str | None) -> Rows[Compound]:
        """The rows whose `maybe_text` equals the value."""
        return Compound._filter("maybe_text", maybe_text)

    @classmethod
    def filter_by_maybe_maybe(cls, maybe_maybe: Some[int | None] | None) -> Rows[Compound]:
        """The rows whose `maybe_maybe` equals the value."""
        return Compound._filter("maybe_maybe", maybe_maybe)

    @classmethod
    def filter_by_maybe_vector(cls, maybe_vector: Vector2 | None) -> Rows[Compound]:
        """The rows whose `maybe_vector` equals the value."""
        return Compound._filter("maybe_vector", maybe_vector)

    @classmethod
    def filter_by_bytes(cls, bytes: builtins.bytes) -> Rows[Compound]:
        """The rows whose `bytes` equals the value."""
        return Compound._filter("bytes", bytes)

    @classmethod
    def filter_by_numbers(cls, numbers: list[int]) -> Rows[Compound]:
        """The rows whose `numbers` equals the value."""
        return Compound._filter("numbers", numbers)

    @classmethod
    def filter_by_texts(cls, texts: list[str]) -> Rows[Compound]:
        """The rows whose `texts` equals the value."""
        return Compound._filter("texts", texts)

    @classmethod
    def filter_by_colours(cls, colours: list[Colour]) -> Rows[Compound]:
        """The rows whose `colours` equals the value."""
        return Compound._filter("colours", colours)

    @classmethod
    def filter_by_matrix(cls, matrix: list[list[float]]) -> Rows[Compound]:
        """The rows whose `matrix` equals the value."""
        return Compound._filter("matrix", matrix)

    @classmethod
    def filter_by_position(cls, position: Vector2) -> Rows[Compound]:
        """The rows whose `position` equals the value."""
        return Compound._filter("position", position)

    @classmethod
    def filter_by_nothing(cls, nothing: Nothing) -> Rows[Compound]:
        """The rows whose `nothing` equals the value."""
        return Compound._filter("nothing", nothing)

    @classmethod
    def filter_by_shape(cls, shape: Shape) -> Rows[Compound]:
        """The rows whose `shape` equals the value."""
        return Compound._filter("shape", shape)

    @classmethod
    def filter_by_shapes(cls, shapes: list[Shape]) -> Rows[Compound]:
        """The rows whose `shapes` equals the value."""
        return Compound._filter("shapes", shapes)
