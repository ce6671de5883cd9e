"""The first rows of a query: found and written step by step, while others have their turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..errors import QueryError
from ..places import LONG_ANSWER_BYTES
from ..sql.allowance import MAX_RESULT_ROWS, Allowance
from ..sql.subscription_query import Query
from ..turns import Share
from ..wire.row_batch import RowBatch
from .query_index import SharedQuery

__all__ = ["Begun", "Form", "room_for", "written"]

# Writes the rows of a batch in one protocol's form, step by step: each says how many bytes it wrote.
Form = Callable[[RowBatch], Iterator[int]]


class Begun(NamedTuple):
    """A query whose rows are being found: those that are `known` already, or the steps to them, and when it began."""

    query: SharedQuery
    known: RowBatch | None
    steps: Iterator[list[object]]
    commits: int


async def room_for(queries: Sequence[Query], share: Share) -> None:
    """Waits for a place where the answers are long together."""
    size = sum(query.about_bytes() for query in queries)
    if size > LONG_ANSWER_BYTES:
        await share.place(size)


async def written(query: Query, steps: Iterator[list[object]], allowance: Allowance, form: Form) -> RowBatch:
    rows: list[object] = []
    for step in steps:
        rows += step
        if len(query.tables) > 1 and len(rows) > MAX_RESULT_ROWS:
            raise QueryError(f"The result exceeds {MAX_RESULT_ROWS} rows: narrow the query down")
        await allowance.checkpoint()
    batch = RowBatch(query.store, rows)
    for count in form(batch):
        await allowance.checkpoint(count)
    return batch
