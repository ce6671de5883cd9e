"""Changes of one table as a program waits for them, and what handles ask of the client they are bound to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from ...bindings.module import ModuleBindings
from ...events import ReducerEvent
from ..requests.calls import ReducerCall, Request
from ..rows.cache import ClientCache
from ..rows.dispatch import Dispatcher

__all__ = ["Change", "HandleOwner", "Listening"]


class Change(NamedTuple):
    """One change of a row; the side that does not exist is None."""

    row_op: str
    old: Any
    new: Any
    event: ReducerEvent | None


class HandleOwner(Protocol):
    """What handles ask of the client they are bound to."""

    @property
    def bindings(self) -> ModuleBindings: ...

    @property
    def cache(self) -> ClientCache: ...

    @property
    def dispatcher(self) -> Dispatcher: ...

    def call_reducer(self, name: str, *args: object) -> ReducerCall: ...

    def call_procedure(self, name: str, *args: object) -> Request[Any]: ...


class Listening:
    """Row callbacks for as long as a `with` block lasts, and word of the client's end."""

    def __init__(
        self,
        core: HandleOwner,
        table: str,
        row_changed: Callable[..., None],
        closed: Callable[[], None],
    ) -> None:
        self._core = core
        self._table = table
        self._row_changed = row_changed
        self._closed = closed

    def _state_changed(self, state: Any) -> None:
        if state.value == "closed":
            self._closed()

    def __enter__(self) -> None:
        self._core.dispatcher.add_row_callback(self._table, self._row_changed)
        self._core.dispatcher.on_state.add(self._state_changed)

    def __exit__(self, *_exc: object) -> None:
        self._core.dispatcher.remove_row_callback(self._table, self._row_changed)
        self._core.dispatcher.on_state.remove(self._state_changed)
