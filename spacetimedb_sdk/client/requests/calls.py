"""Requests: what was asked of the server and is not answered yet. Reducer calls, procedure calls, one-off queries.

Each may be given callbacks, awaited in the event loop of an async client, or waited for with `result()`. Every wait has an
end: the answer, the end of the connection or of the client, or a typed error where no answer can come.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from ...bindings.callbacks import check_takes
from ...errors import ClientStateError, RequestFailedError, SpacetimeDBException
from ...events import ReducerEvent
from ...records import record
from ..turn import Turn

__all__ = ["Asker", "CallOutcome", "OneOffQuery", "ProcedureCall", "ReducerCall", "ReducerResult", "Request"]

T = TypeVar("T")


class CallOutcome(Enum):
    """How a reducer call ended."""

    COMMITTED = "committed"
    FAILED = "failed"
    OUT_OF_ENERGY = "outofenergy"
    TIMED_OUT = "timed out"
    CONNECTION_LOST = "connection lost"


@record
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


class Asker(Protocol):
    """What a request asks of the client it was made by."""

    @property
    def lock(self) -> threading.RLock: ...

    @property
    def turn(self) -> Turn: ...

    @property
    def is_async(self) -> bool: ...

    def run_callback(self, callback: Callable[..., object], *args: object) -> None: ...

    def postpone(self, work: Callable[[], None]) -> None: ...

    def fail(self, error: SpacetimeDBException) -> None: ...

    def wait_for(self, request: Request[T], timeout: float | None) -> bool: ...

    def check_answerable(self, request: Request[T]) -> None: ...


class Request(Generic[T]):
    """One question to the server. Its methods may be called from any thread; callbacks run where `update()` is called."""

    __slots__ = ("_answer", "_callbacks", "_core", "_wakers", "name")
    _kind = "request"
    # Whether the program gave it up itself: then its error is no news for `on_error`.
    _is_withdrawn = False

    def __init__(self, core: Asker, name: str) -> None:
        self._core = core
        self.name = name
        # The value, or the error in its place.
        self._answer: tuple[T | None, SpacetimeDBException | None] | None = None
        # Callbacks, which run on the thread that updates; and what only wakes who waits, on whichever thread it ends.
        self._callbacks: tuple[Callable[[], None], ...] = ()
        self._wakers: tuple[Callable[[], None], ...] = ()

    @property
    def what(self) -> str:
        """What was asked, for messages: `reducer add_item`."""
        return f"{self._kind} {self.name}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.what}{', answered' if self.done else ''}>"

    @property
    def done(self) -> bool:
        """Whether the answer has come."""
        return self._answer is not None

    def on_result(
        self,
        callback: Callable[[T], object],
        on_error: Callable[[SpacetimeDBException], object] | None = None,
    ) -> None:
        """Call `callback` with the answer, or `on_error` with the error, as soon as it is there.

        At once where it is there already and this is the thread that calls `update()`, else in the next `update()`.
        Without an `on_error` of its own, the client's is called.
        """

        check_takes(callback, "result")
        if on_error is not None:
            check_takes(on_error, "error")

        def tell() -> None:
            assert self._answer is not None
            value, error = self._answer
            if error is None:
                self._core.run_callback(callback, value)
            elif on_error is not None:
                self._core.run_callback(on_error, error)
            elif not self._is_withdrawn:
                self._core.fail(error)

        with self._core.lock:
            if not self.done:
                self._callbacks += (tell,)
                return
        self._run_where_callbacks_run(tell)

    def _run_where_callbacks_run(self, work: Callable[[], None]) -> None:
        if self._core.turn.runs_callbacks_here:
            work()
        else:
            self._core.postpone(work)

    def result(self, timeout: float | None = None) -> T:
        """Wait for the answer, at most `timeout` seconds (TimeoutError); raises what the request failed with.

        On the thread that calls `update()` it updates meanwhile; on any other it waits for that thread. ClientStateError
        from inside a callback, in a coroutine of the async client (await it there), and where no answer can come.
        """
        if not self.done and not self._core.wait_for(self, timeout):
            return self._timed_out()
        return self._answered()

    async def wait(self, timeout: float | None = None) -> T:
        """Await the answer in the event loop of an async client; TimeoutError after `timeout` seconds."""
        import asyncio  # for programs that have an event loop: it takes as long as all of the frame client

        try:
            async with asyncio.timeout(timeout):
                return await self
        except TimeoutError:
            return self._timed_out()

    def __await__(self) -> Generator[Any, None, T]:
        import asyncio

        if not self._core.is_async:
            raise ClientStateError(
                f"{self.what}: only requests of an async client can be awaited, use result()"
            )
        if not self.done:
            try:
                self._core.check_answerable(self)
            except ClientStateError:
                # A `run()` that was made a task before this one has not had its turn yet.
                yield
                self._core.check_answerable(self)
        loop = asyncio.get_running_loop()
        answered = loop.create_future()

        def settle() -> None:
            with suppress(asyncio.InvalidStateError):  # the task that waited was cancelled
                answered.set_result(None)

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed: its tasks are gone
                loop.call_soon_threadsafe(settle)

        loop_thread = threading.get_ident()
        with self._core.lock:
            if not self.done:
                # On the loop's own thread at once: the order of what was awaited is the order of the answers.
                self._wakers += (lambda: settle() if threading.get_ident() == loop_thread else wake(),)
            else:
                settle()
        yield from answered
        return self._answered()

    def _timed_out(self) -> T:
        raise TimeoutError(f"{self.what}: no answer in time")

    def _answered(self) -> T:
        assert self._answer is not None
        value, error = self._answer
        if error is not None:
            raise error
        return value  # type: ignore[return-value]

    def finish(self, value: T) -> None:
        """The answer has come; callbacks and whatever waits follow in order."""
        self._end(value, None)

    def fail(self, error: SpacetimeDBException) -> None:
        """No answer, or one that is an error."""
        self._end(None, error)

    def refuse(self, message: str) -> None:
        """The server refused it, in its own words."""
        self.fail(RequestFailedError(self.what, message))

    @property
    def is_awaited(self) -> bool:
        """Whether anything waits for the answer."""
        return bool(self._callbacks or self._wakers)

    def _end(self, value: T | None, error: SpacetimeDBException | None) -> None:
        with self._core.lock:
            if self.done:
                return
            self._answer = value, error
            callbacks, self._callbacks = self._callbacks, ()
            wakers, self._wakers = self._wakers, ()
            self._core.turn.answered()
        if callbacks:
            self._run_where_callbacks_run(lambda: _run_all(callbacks))
        _run_all(wakers)


def _run_all(steps: tuple[Callable[[], None], ...]) -> None:
    for step in steps:
        step()


class ReducerCall(Request[ReducerResult]):
    """A reducer call. It ends in a `ReducerResult`, whatever happens; a lost connection and a timeout are outcomes too.

    Its methods may be called from any thread.
    """

    __slots__ = ()
    _kind = "reducer"

    def fail(self, error: SpacetimeDBException) -> None:
        """The connection was lost before an answer came."""
        self.finish(ReducerResult(CallOutcome.CONNECTION_LOST, str(error)))

    def _timed_out(self) -> ReducerResult:
        return ReducerResult(CallOutcome.TIMED_OUT, f"{self.what}: no answer in time")

    def answered(self, event: ReducerEvent) -> None:
        """The server said how it ended."""
        self.finish(ReducerResult(CallOutcome(event.status), event.message, event))


class ProcedureCall(Request[Any]):
    """A procedure call. It ends in what the procedure returns."""

    __slots__ = ()
    _kind = "procedure"


class OneOffQuery(Request[list[object]]):
    """A query beside the cache. It ends in its rows."""

    __slots__ = ("_hint", "_query")
    _kind = "query"

    def __init__(self, core: Asker, query: str, hint: Callable[[str, Iterable[str]], str]) -> None:
        super().__init__(core, repr(query))
        self._query = query
        # What is known here to say to a refusal, from the server's message and the query.
        self._hint = hint

    def refuse(self, message: str) -> None:
        self.fail(RequestFailedError(self.what, message, self._hint(message, [self._query])))
