"""What a table declares about its columns, beyond their types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

__all__ = ["MISSING", "Column", "Index", "column", "index"]


class _Missing:
    """Told apart from every value a column can have."""

    def __repr__(self) -> str:
        return "no default"


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Column:
    """One column's declaration; `default` is used where a row is built without that column.

    `name` is what the database calls it, where that is not the attribute's name.
    """

    primary_key: bool = False
    auto_inc: bool = False
    unique: bool = False
    index: bool = False
    default: object = MISSING
    name: str | None = None
    renamed_from: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """A btree index over several columns, found by its accessor `name`."""

    name: str
    columns: tuple[str, ...]


def column(
    *,
    primary_key: bool = False,
    auto_inc: bool = False,
    unique: bool = False,
    index: bool = False,
    default: object = MISSING,
    name: str | None = None,
    renamed_from: str | None = None,
) -> Any:
    """Declares a column: `entity_id: i32 = column(primary_key=True, auto_inc=True)`.

    A primary key is unique and indexed, a unique column is indexed. An auto-increment column (any integer type) takes
    the next number of its sequence where a row is inserted with 0; after the last number of its type come those that
    are free.

    `default` is what a row is made with that does not say, and what rows get that were stored before the column was
    there. `name` is what the database calls the column, which may be a word that Python keeps for itself; an underscore
    after such a word does the same: `from_: str` is the column `from`. `renamed_from` is what it was called when rows were stored that are there.
    """
    return Column(
        primary_key=primary_key,
        auto_inc=auto_inc,
        unique=unique,
        index=index,
        default=default,
        name=name,
        renamed_from=renamed_from,
    )


def index(name: str, *columns: str) -> Index:
    """A btree index over `columns`, for `@module.table(indexes=[index("by_kind", "kind", "level")])`."""
    return Index(name, columns)
