"""The first rows of a query: found and written step by step, while others have their turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..answer_slots import LONG_ANSWER_BYTES
from ..errors import QueryError
from ..sql.allowance import MAX_RESULT_ROWS, Allowance
from ..sql.subscription_query import Query
from ..tables.long_rows import has_long_rows
from ..turns import Share
from ..wire.row_batch import RowBatch
from .query_index import SharedQuery

__all__ = ["Begun", "Form", "put_into_form", "room_for", "written"]

# Writes the rows of a batch in one protocol's form, step by step: each says how many bytes it wrote.
Form = Callable[[RowBatch], Iterator[int]]


class Begun(NamedTuple):
    """A query whose rows are being found: those that are `known` already, or the steps to them, and when it began."""

    query: SharedQuery
    known: RowBatch | None
    steps: Iterator[list[object]]
    commits: int


async def room_for(queries: Sequence[Query], share: Share) -> None:
    """Waits for a slot where the answers are long together."""
    size = sum(query.about_bytes() for query in queries)
    if size > LONG_ANSWER_BYTES:
        await share.slot(size)


async def written(query: Query, steps: Iterator[list[object]], allowance: Allowance, form: Form) -> RowBatch:
    rows: list[object] = []
    for step in steps:
        rows += step
        if len(query.tables) > 1 and len(rows) > MAX_RESULT_ROWS:
            raise QueryError(f"The result exceeds {MAX_RESULT_ROWS} rows: narrow the query down")
        await allowance.checkpoint()
    batch = RowBatch(query.store, rows)
    await put_into_form(batch, form, allowance)
    return batch


async def put_into_form(batch: RowBatch, form: Form, allowance: Allowance) -> None:
    """Has the rows written, while others have their turns: beside the loop where one of them may take long."""
    steps = form(batch)
    if not has_long_rows(batch.store, batch.rows):
        for count in steps:
            await allowance.checkpoint(count)
        return
    while (written := await allowance.aside(lambda: next(steps, None))) is not None:
        await allowance.checkpoint(written)
