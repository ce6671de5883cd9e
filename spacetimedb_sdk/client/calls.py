"""What was asked of the server and is not answered yet: reducer calls, procedure calls, one-off queries.

Each may be given callbacks, awaited in the event loop of an async client, or waited for by ticking a basic one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import ClientStateError, RequestFailedError, SpacetimeDBException
from ..events import ReducerEvent

if TYPE_CHECKING:
    from ..spacetimedb_client import SpacetimeDBClient

__all__ = ["CallOutcome", "ReducerCall", "ReducerResult", "Request"]

T = TypeVar("T")


class CallOutcome(Enum):
    """How a reducer call ended."""

    COMMITTED = "committed"
    FAILED = "failed"
    OUT_OF_ENERGY = "outofenergy"
    TIMED_OUT = "timed out"
    CONNECTION_LOST = "connection lost"


@dataclass(frozen=True, slots=True)
class ReducerResult:
    """`message` is the reducer's own text where it failed; `event` is None where no answer came."""

    outcome: CallOutcome
    message: str = ""
    event: ReducerEvent | None = None

    @property
    def committed(self) -> bool:
        return self.outcome is CallOutcome.COMMITTED

    @property
    def may_have_committed(self) -> bool:
        """Whether the server may have done it: it did, or no answer came."""
        return self.outcome in (CallOutcome.COMMITTED, CallOutcome.TIMED_OUT, CallOutcome.CONNECTION_LOST)

    def raise_for_outcome(self) -> None:
        """RequestFailedError unless the call committed."""
        if not self.committed:
            name = self.event.reducer_name if self.event else ""
            raise RequestFailedError(f"reducer {name}".strip(), self.message or self.outcome.value)


class Request(Generic[T]):
    """One question to the server. Its methods belong to the thread that updates the client."""

    __slots__ = ("_answer", "_client", "_then", "name")
    _kind = "request"

    def __init__(self, client: SpacetimeDBClient, name: str) -> None:
        self._client = client
        self.name = name
        # The value, or the error in its place.
        self._answer: tuple[T | None, SpacetimeDBException | None] | None = None
        self._then: tuple[Callable[[], None], ...] = ()

    @property
    def _what(self) -> str:
        return f"{self._kind} {self.name}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._what}{', answered' if self.done else ''}>"

    @property
    def done(self) -> bool:
        """Whether the answer has come."""
        return self._answer is not None

    def on_result(
        self, callback: Callable[[T], Any], on_error: Callable[[SpacetimeDBException], Any] | None = None
    ) -> None:
        """Call `callback` with the answer, or `on_error` with the error, as soon as it is there.

        Without an `on_error` of its own, the client's is told.
        """

        def tell() -> None:
            assert self._answer is not None
            value, error = self._answer
            if error is None:
                self._client._dispatcher.call(callback, value)
            elif on_error is not None:
                self._client._dispatcher.call(on_error, error)
            else:
                self._client._fail(error)

        if self.done:
            tell()
        else:
            self._then += (tell,)

    def result(self, timeout: float | None = None) -> T:
        """Tick a basic client until the answer is there. TimeoutError after `timeout` seconds.

        ClientStateError from inside a callback, where nothing can be ticked; raises what the request failed with.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.done:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return self._timed_out()
            self._client.update(timeout=0.5 if left is None else min(left, 0.5))
        return self._answered()

    async def wait(self, timeout: float | None = None) -> T:
        """Await the answer in the event loop of an async client; TimeoutError after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                return await self
        except TimeoutError:
            return self._timed_out()

    def __await__(self) -> Generator[Any, None, T]:
        if self._client._dispatcher.spawn is None:
            raise ClientStateError(
                f"{self._what}: only requests of an async client can be awaited, use result()"
            )
        if not self.done:
            answered = asyncio.get_running_loop().create_future()

            def wake() -> None:
                with suppress(asyncio.InvalidStateError):  # whoever waited was cancelled
                    answered.set_result(None)

            self._then += (wake,)
            yield from answered
        return self._answered()

    def _timed_out(self) -> T:
        raise TimeoutError(f"{self._what}: no answer in time")

    def _answered(self) -> T:
        assert self._answer is not None
        value, error = self._answer
        if error is not None:
            raise error
        return value  # type: ignore[return-value]

    def finish(self, value: T) -> None:
        """The answer has come; whoever waits is told, in order."""
        self._end(value, None)

    def fail(self, error: SpacetimeDBException) -> None:
        """No answer, or one that is an error."""
        self._end(None, error)

    def refuse(self, message: str) -> None:
        """The server refused it, in its own words."""
        self.fail(RequestFailedError(self._what, message))

    @property
    def is_heard(self) -> bool:
        """Whether anybody waits for the answer."""
        return bool(self._then)

    def _end(self, value: T | None, error: SpacetimeDBException | None) -> None:
        if self.done:
            return
        self._answer = value, error
        waiting, self._then = self._then, ()
        for tell in waiting:
            tell()


class ReducerCall(Request[ReducerResult]):
    """A reducer call. It ends in a `ReducerResult`, whatever happens; it raises nothing.

    Its methods belong to the thread that updates the client.
    """

    __slots__ = ()
    _kind = "reducer"

    def fail(self, error: SpacetimeDBException) -> None:
        """The connection was lost before an answer came."""
        self.finish(ReducerResult(CallOutcome.CONNECTION_LOST, str(error)))

    def _timed_out(self) -> ReducerResult:
        return ReducerResult(CallOutcome.TIMED_OUT, f"{self._what}: no answer in time")

    def answered(self, event: ReducerEvent) -> None:
        """The server told how it ended."""
        self.finish(ReducerResult(CallOutcome(event.status), event.message, event))


class ProcedureCall(Request[Any]):
    """A procedure call. It ends in what the procedure returns."""

    __slots__ = ()
    _kind = "procedure"


class OneOffQuery(Request[list[Any]]):
    """A query beside the cache. It ends in its rows."""

    __slots__ = ()
    _kind = "query"
