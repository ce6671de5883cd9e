"""Rows by key: the loops over a dictionary of them. Each client has its own, made with it, for they may be compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ...sats.bsatn.accelerated import accelerated
from ...sats.bsatn.codec import RowCodec

__all__ = ["mixed_changes", "new_rows", "put_rows", "rows_under"]

Rows: TypeAlias = dict[Any, Any]
NewRows: TypeAlias = Callable[[int], Rows]
RowsUnder: TypeAlias = Callable[[Rows, list[object]], Iterable[object] | None]
Mixed: TypeAlias = tuple[list[str], Iterable[object], list[object], list[object]]
MixedChanges: TypeAlias = Callable[[Rows, list[object], list[object], list[object]], Mixed | None]
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


def mixed_changes(codec: RowCodec, has_key: bool) -> MixedChanges:
    """A function from rows of `codec`, the keys and rows that come and the keys that leave to what changes: the operations, old and new
    rows in the order of their callbacks, and the keys that leave for good. None where a row comes that is there, leaves that is not,
    or is named twice.

    Inserts and updates come first, then deletes. Where no key makes an update of a row that changed, what leaves comes first:
    a program that keeps such rows by a column of its own ends with the new one, not with none.
    """

    def mixed_changes(rows: Rows, keys: list[object], come: list[object], gone: list[object]) -> Mixed | None:
        newest, deleted = set(keys), set(gone)
        if len(newest) != len(keys) or len(deleted) != len(gone):
            return None
        drops = [key for key in gone if key not in newest]
        ops: list[str] = []
        olds: list[object] = []
        try:
            for key in keys:
                if key in deleted:
                    ops.append("update")
                    olds.append(rows[key])
                elif key in rows:
                    return None
                else:
                    ops.append("insert")
                    olds.append(None)
            left = [rows[key] for key in drops]
        except KeyError:
            return None
        deletes, nothing = ["delete"] * len(left), [None] * len(left)
        if has_key:
            return ops + deletes, olds + left, come + nothing, drops
        return deletes + ops, left + olds, nothing + come, drops

    return accelerated(
        lambda compiled: compiled.MixedChanges(mixed_changes, codec.plan(compiled), has_key), mixed_changes
    )


def put_rows() -> PutRows:
    """A function that puts into rows, under each of so many keys, one more row."""

    def put_rows(rows: Rows, keys: list[object], come: list[object]) -> None:
        rows.update(zip(keys, come, strict=False))  # a key may change the list while it is hashed

    return accelerated(lambda compiled: compiled.PutRows(put_rows), put_rows)
