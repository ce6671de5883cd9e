"""What a query may cost, and where the work for it is done: the same for every way in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..answer_slots import LONG_ANSWER_BYTES
from ..errors import QueryError
from ..turns import Share

__all__ = ["MAX_QUERY_SECONDS", "MAX_RESULT_ROWS", "Allowance", "aside_if_long"]

T = TypeVar("T")
# Of the loop's own time: how long others keep a query waiting does not count.
MAX_QUERY_SECONDS = 10.0
MAX_RESULT_ROWS = 1_000_000
# What is shorter is read in about a millisecond, which is less than it takes to have it done aside.
_SHORT = 300


class Allowance:
    """What one request may still use of the time of its `share`, and how long its answer may become."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._ends = share.spent + MAX_QUERY_SECONDS
        self._bytes = 0
        # Up to here nothing is to be done about the answer's length.
        self._look_at = LONG_ANSWER_BYTES

    async def checkpoint(self, written: int = 0) -> None:
        """Lets others in, after so many more bytes of the answer. QueryError where the request has had more than its
        due, NoAnswerSlot where there is none for a long answer."""
        self._bytes += written
        if self._bytes > self._look_at:
            await self._grown()
        await self._share.checkpoint()
        if self._share.spent > self._ends:
            raise QueryError(f"The query takes longer than {MAX_QUERY_SECONDS:.0f} s: narrow it down")

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, done beside the loop."""
        return await self._share.aside(work)

    async def _grown(self) -> None:
        longest = self._share.longest_answer
        if longest is not None and self._bytes > longest:
            raise QueryError(f"The answer is longer than {longest >> 20} MiB: narrow the query down")
        # It was thought to be shorter.
        await self._share.slot(self._bytes)
        self._look_at = self._bytes + LONG_ANSWER_BYTES


async def aside_if_long(text: str, share: Share, work: Callable[[], T]) -> T:
    """What `work` makes of an SQL text, done beside the loop where that takes long."""
    return work() if len(text) <= _SHORT else await share.aside(work)
