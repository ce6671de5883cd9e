"""What a query may cost, and where the work for it is done: the same for every way in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

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
    """What one request may still use of the time of its `share`."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._ends = share.spent + MAX_QUERY_SECONDS

    async def checkpoint(self) -> None:
        """Lets others in. QueryError where the request has had more than its due."""
        await self._share.checkpoint()
        if self._share.spent > self._ends:
            raise QueryError(f"The query takes longer than {MAX_QUERY_SECONDS:.0f} s: narrow it down")


async def aside_if_long(text: str, share: Share, work: Callable[[], T]) -> T:
    """What `work` makes of an SQL text, done beside the loop where that takes long."""
    return work() if len(text) <= _SHORT else await share.aside(work)
