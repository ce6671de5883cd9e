"""Room for the answer of a procedure, which is made beside the loop: a long one waits for a slot like all other answers."""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError

from ..answer_slots import LONG_ANSWER_BYTES, NoAnswerSlot
from ..engine.answers import AnswerOverLimit
from ..turns import Share

__all__ = ["AnswerRoom"]


class AnswerRoom:
    """To be made on the loop, and called in the thread that makes the answer with its bytes up to now. The slot that the
    `share` is given is to be left once the answer counts with what is queued for its client."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._loop = asyncio.get_running_loop()

    def __call__(self, size: int) -> None:
        """Returns when there is room. AnswerOverLimit, or NoAnswerSlot after too long a time."""
        longest = self._share.longest_answer
        if longest is not None and size > longest:
            raise AnswerOverLimit(longest)
        if size <= LONG_ANSWER_BYTES or self._share.has_slot:
            return
        try:
            asyncio.run_coroutine_threadsafe(self._slot(size), self._loop).result()
        except (ConnectionError, CancelledError):
            raise NoAnswerSlot from None

    async def take(self, size: int) -> None:
        """On the loop, once the answer is made and its `size` is known: what it asked for as it grew was less."""
        if self._share.has_slot:
            self._share.leave_slot()
            await self._slot(size)

    async def _slot(self, size: int) -> None:
        async with self._share as share:
            await share.slot(size)
