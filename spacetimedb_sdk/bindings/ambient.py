"""The ambient client: which client generated code acts on.

The classes and functions of a bindings package act on the *ambient* client: inside a callback or a scheduled event the
client that is calling, otherwise the only open one. With several open they raise AmbiguousClientError; callbacks that
are registered while no client is open are given to every client that opens later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol

__all__ = ["AMBIENT", "BoundClient", "ClientHandles", "NamedHandles", "RowSource", "RowSources"]


class RowSource(Protocol):
    """The rows of one table, as generated classes read them."""

    @property
    def rows(self) -> Mapping[Any, Any]: ...

    def find(self, column: str, value: Any) -> Any: ...

    def filter(self, column: str, value: Any) -> list[Any]: ...


class RowSources(Protocol):
    """The tables of one client, by name."""

    def table(self, name: str) -> RowSource: ...


class BoundClient(Protocol):
    """What generated code asks of a client."""

    @property
    def bindings(self) -> object:
        """The package it was made for: generated code acts on clients of its own alone."""
        ...

    @property
    def cache(self) -> RowSources: ...

    @property
    def place(self) -> str:
        """Server and database, as errors name them."""
        ...

    @property
    def frame_face(self) -> Callable[[], object]:
        """What `SpacetimeDBClient.instance` is while this client calls back."""
        ...

    def send_call(self, name: str, args: tuple[object, ...]) -> None: ...

    def call_procedure(self, name: str, *args: object) -> Any: ...

    def register_row_update(self, table: str, callback: Callable[..., object]) -> None: ...

    def unregister_row_update(self, table: str, callback: Callable[..., object]) -> None: ...

    def register_on_reducer(self, name: str, callback: Callable[..., object]) -> None: ...

    def unregister_on_reducer(self, name: str, callback: Callable[..., object]) -> None: ...


class NamedHandles(Protocol):
    """The tables, reducers and procedures of a client, by the names on the server."""

    @property
    def db(self) -> Any: ...

    @property
    def reducers(self) -> Any: ...

    @property
    def procedures(self) -> Any: ...


class ClientHandles(NamedHandles, Protocol):
    """A client of either kind, to the typed handles of a bindings package."""

    @property
    def by_name(self) -> NamedHandles: ...


AMBIENT: ContextVar[BoundClient | None] = ContextVar("spacetimedb_ambient_client", default=None)
