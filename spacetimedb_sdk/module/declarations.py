"""What the decorators of a module collect: one declaration per table, type and reducer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Protocol

from ..errors import ModuleError
from ..sats.schema.module_def import Lifecycle
from .columns import Column, Index

__all__ = [
    "Declarations",
    "MigrationDeclaration",
    "Place",
    "ProcedureDeclaration",
    "ReducerDeclaration",
    "TableDeclaration",
    "TypeDeclaration",
    "ViewDeclaration",
    "caller_place",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the author's source something is declared, and the names its hints may use."""

    file: str
    line: int
    names: Mapping[str, object] = field(repr=False)

    def error(self, message: str) -> ModuleError:
        return ModuleError(message, self.file, self.line)


def caller_place(depth: int) -> Place:
    """The place `depth` calls above the caller. A snapshot of its names: classes of a function are found by it."""
    frame: FrameType = sys._getframe(depth + 1)  # noqa: SLF001 - the name Python gives it
    return Place(frame.f_code.co_filename, frame.f_lineno, {**frame.f_globals, **frame.f_locals})


@dataclass(frozen=True, slots=True)
class TableDeclaration:
    """A table: `name` is its canonical name. `columns` are in row order."""

    name: str
    row_class: type[Any]
    columns: Mapping[str, Column]
    indexes: tuple[Index, ...]
    is_public: bool
    is_event: bool
    scheduled: str | None
    renamed_from: str | None
    place: Place

    @property
    def primary_key(self) -> str | None:
        return next((name for name, column in self.columns.items() if column.primary_key), None)


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """A product, a plain enum, or a sum with its variants in the order of their declaration."""

    cls: type[Any]
    place: Place
    variants: list[tuple[str, type[object]]] | None = None


@dataclass(frozen=True, slots=True)
class ReducerDeclaration:
    """A reducer: `name` is its canonical name, `function` takes `context` and then the parameters."""

    name: str
    function: Callable[..., None]
    context: str
    params: tuple[str, ...]
    lifecycle: Lifecycle | None
    place: Place


@dataclass(frozen=True, slots=True)
class MigrationDeclaration:
    """What takes over rows of tables that are others now: `function` takes the context and the tables there were."""

    function: Callable[..., None]
    place: Place


@dataclass(frozen=True, slots=True)
class ProcedureDeclaration:
    """A procedure: `name` is its canonical name, `function` takes `context` and then the parameters."""

    name: str
    function: Callable[..., object]
    context: str
    params: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ViewDeclaration:
    """A view: `name` is its canonical name, `function` takes the context alone, called `context` there."""

    name: str
    function: Callable[..., object]
    context: str
    is_public: bool
    primary_key: str | None
    place: Place


class Declarations(Protocol):
    """All that a module declares, by canonical name: what its definition is made of."""

    @property
    def style(self) -> str: ...

    @property
    def tables(self) -> Mapping[str, TableDeclaration]: ...

    @property
    def types(self) -> Mapping[type[object], TypeDeclaration]: ...

    @property
    def reducers(self) -> Mapping[str, ReducerDeclaration]: ...

    @property
    def procedures(self) -> Mapping[str, ProcedureDeclaration]: ...

    @property
    def views(self) -> Mapping[str, ViewDeclaration]: ...

    @property
    def visibility_filters(self) -> Mapping[str, Place]: ...
