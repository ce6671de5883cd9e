"""Rows by key: the loops over a dictionary of them. Each client has its own, made with it, for they may be compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ...sats.bsatn.accelerated import accelerated
from ...sats.bsatn.codec import RowCodec

__all__ = ["NewRows", "PutRows", "RowsUnder", "new_rows", "put_rows", "rows_under"]

Rows: TypeAlias = dict[Any, Any]
NewRows: TypeAlias = Callable[[int], Rows]
RowsUnder: TypeAlias = Callable[[Rows, list[object]], Iterable[object] | None]
PutRows: TypeAlias = Callable[[Rows, list[object], list[object]], None]


def new_rows() -> NewRows:
    """A function that makes a dictionary for so many rows."""

    def new_rows(count: int) -> Rows:
        return {}

    return accelerated(lambda compiled: compiled.NewRows(new_rows), new_rows)


def rows_under(codec: RowCodec) -> RowsUnder:
    """A function from rows of `codec` and keys to the row under each of them; None where one is missing or is named twice."""

    def rows_under(rows: Rows, keys: list[object]) -> Iterable[object] | None:
        if len(set(keys)) != len(keys):
            return None
        try:
            return list(map(rows.__getitem__, keys))
        except KeyError:
            return None

    return accelerated(lambda compiled: compiled.RowsUnder(rows_under, codec.plan(compiled)), rows_under)


def put_rows() -> PutRows:
    """A function that puts into rows, under each of so many keys, one more row."""

    def put_rows(rows: Rows, keys: list[object], come: list[object]) -> None:
        rows.update(zip(keys, come, strict=False))  # a key may change the list while it is hashed

    return accelerated(lambda compiled: compiled.PutRows(put_rows), put_rows)
