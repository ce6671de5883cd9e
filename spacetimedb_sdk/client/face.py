"""The face: what a program sees of a client, the same on both kinds.

Everything here hands on to the core. The frame face adds `init()` and `update()`, the async face `run()`, `connect()` and
`schedule_event()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar, overload

from ..bindings.ambient import ClientHandles, NamedHandles
from ..bindings.module import ModuleBindings
from ..protocol.connection import ConnectionState
from ..queries import Query
from ..system.clock import SYSTEM_CLOCK, Clock
from ..system.plain_text import LateText, close_to
from ..types import Address, Identity
from .core import ClientCore
from .dropped import close_when_dropped
from .requests.calls import Request
from .requests.subscriptions import Subscriptions
from .rows.cache import ClientCache
from .stats import ClientStats

__all__ = ["KEEP", "Callback", "ClientFace", "Keep"]

T = TypeVar("T")
# A program's callback: what it is called with is in the docstring of what registers it.
Callback = TypeVar("Callback", bound=Callable[..., object])


class Keep(Enum):
    """What stands for a callback that was not named: it stays as it is, where None takes it away."""

    KEEP = "keep"

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = Keep.KEEP


def _where(name: str, bindings: ModuleBindings) -> str:
    """Where a client has what it was asked for itself."""
    groups: dict[str, Mapping[str, object]] = {
        "db": bindings.tables,
        "reducers": bindings.reducers,
        "procedures": bindings.procedures,
    }
    return next((f": it is client.{group}.{name}" for group, known in groups.items() if name in known), "")


class ClientFace:
    """A client as its program sees it. Methods belong to the thread that updates it, unless they say otherwise."""

    def __init__(
        self,
        autogen_package: ModuleType | ModuleBindings,
        *,
        clock: Clock = SYSTEM_CLOCK,
        core: ClientCore | None = None,
    ) -> None:
        """`core` is that of another face, which this one shows as well."""
        self._groups: dict[Callable[[ClientHandles], object], Any] = {}
        self._core = core or ClientCore(ModuleBindings.of(autogen_package), clock=clock)
        if core is None:
            close_when_dropped(self, self._core)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            def text() -> str:
                # Of a client that is being made nothing is known yet.
                core = self.__dict__.get("_core")
                where = "" if core is None or name.startswith("_") else _where(name, core.bindings)
                close = where or ("" if name.startswith("_") else close_to(name, dir(type(self))))
                return f"{type(self).__name__!r} object has no attribute {name!r}{close}"

            raise AttributeError(LateText(text), name=name, obj=self)

    # -- what it is like now -------------------------------------------------------------------------------------------

    @property
    def bindings(self) -> ModuleBindings:
        """The bindings package it was made for."""
        return self._core.bindings

    @property
    def cache(self) -> ClientCache:
        """The subscribed rows, by table: `client.cache.table("item")`."""
        return self._core.cache

    @property
    def db(self) -> Any:
        """Table handles by name: `client.db.item`. The clients of `module_bindings.connect` have them typed."""
        return self._core.by_name.db

    @property
    def reducers(self) -> Any:
        """Reducers by name: `client.reducers.add_item("sword", 3)` is a `ReducerCall`."""
        return self._core.by_name.reducers

    @property
    def procedures(self) -> Any:
        """Procedures by name, whose calls end in what they return."""
        return self._core.by_name.procedures

    @property
    def by_name(self) -> NamedHandles:
        """The same three by the names on the server, for whatever is not known before a program runs; without types."""
        return self._core.by_name

    def _typed(self, group: Callable[[ClientHandles], T]) -> T:
        """The generated `Tables`, `Reducers` or `Procedures` of this client, made once."""
        made = self._groups.get(group)
        if made is None:
            made = self._groups[group] = group(self)
        typed: T = made
        return typed

    @property
    def subscriptions(self) -> Subscriptions:
        """Subscriptions beside the one that `subscribe` replaces."""
        return self._core.subscriptions

    @property
    def token(self) -> str | None:
        """The token of this identity, to be kept for the next time. From any thread."""
        return self._core.token

    @property
    def state(self) -> ConnectionState:
        """From any thread."""
        return self._core.state

    @property
    def is_connected(self) -> bool:
        """From any thread."""
        return self._core.state is ConnectionState.CONNECTED

    @property
    def has_work(self) -> bool:
        """Whether something has come that is not applied yet. From any thread."""
        return self._core.has_work

    @property
    def identity(self) -> Identity | None:
        """Who this client is, once connected; the same after a reconnect. From any thread."""
        return self._core.identity

    @property
    def connection_id(self) -> Address | None:
        """This connection among those of the same identity; another one after a reconnect. From any thread."""
        return self._core.connection_id

    @property
    def stats(self) -> ClientStats:
        """As of now."""
        return self._core.stats()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.state.value} {self.identity or ''}>"

    # -- asking --------------------------------------------------------------------------------------------------------

    def subscribe(self, queries: Iterable[str]) -> None:
        """Make `queries` the whole subscription: rows that match no more leave, with callbacks.

        Before the connection stands they wait for it. Equal ones and trailing semicolons are dropped. A refused set
        leaves the old one in place and goes to `on_error`.
        """
        self._core.subscriptions.replace(queries)

    def call_procedure(self, name: str, *args: object) -> Request[Any]:
        """Ask the server to run a procedure; ends in what it returns, or in RequestFailedError. From any thread."""
        return self._core.call_procedure(name, *args)

    @overload
    def sql(self, query: Query[T]) -> Request[list[T]]: ...

    @overload
    def sql(self, query: str) -> Request[list[Any]]: ...

    def sql(self, query: str) -> Request[list[Any]]:
        """Ask once for the rows of a query, beside the cache: `SELECT * FROM t [WHERE ...]`. From any thread.

        Ends in the rows, or in RequestFailedError with the server's text.
        """
        return self._core.sql(query)

    # -- callbacks -----------------------------------------------------------------------------------------------------

    def set_callbacks(
        self,
        *,
        on_connect: Callable[[], object] | Keep | None = KEEP,
        on_disconnect: Callable[[str], object] | Keep | None = KEEP,
        on_identity: Callable[[str, Identity, Address], object] | Keep | None = KEEP,
        on_error: Callable[[str], object] | Keep | None = KEEP,
    ) -> None:
        """Set those callbacks of the connection itself that are named; None takes one away, the others stay."""
        self._core.dispatcher.set_callbacks(
            {
                name: callback
                for name, callback in (
                    ("on_connect", on_connect),
                    ("on_disconnect", on_disconnect),
                    ("on_identity", on_identity),
                    ("on_error", on_error),
                )
                if not isinstance(callback, Keep)
            }
        )

    def register_on_event(self, callback: Callback) -> Callback:
        """Call `callback(TransactionUpdateMessage)` after each transaction that touches subscribed rows, and after each
        failed call of this client's own. Like every `register_...` it returns the callback: it works as a decorator.
        """
        self._core.dispatcher.add(self._core.dispatcher.on_event, callback, "message")
        return callback

    def unregister_on_event(self, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._core.dispatcher.on_event.remove(callback)

    def register_on_subscription_applied(self, callback: Callback) -> Callback:
        """Call `callback()` after each subscription whose rows have come."""
        self._core.dispatcher.add(self._core.dispatcher.on_subscription_applied, callback)
        return callback

    def unregister_on_subscription_applied(self, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._core.dispatcher.on_subscription_applied.remove(callback)

    def register_on_state(self, callback: Callback) -> Callback:
        """Call `callback(ConnectionState)` each time it changes: connecting, connected, reconnecting, closed."""
        self._core.dispatcher.add(self._core.dispatcher.on_state, callback, "state")
        return callback

    def unregister_on_state(self, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._core.dispatcher.on_state.remove(callback)

    def register_row_update(self, table: str, callback: Callback) -> Callback:
        """What `{Table}.register_row_update` does, for this client; `table` is the name on the server."""
        self._core.register_row_update(table, callback)
        return callback

    def unregister_row_update(self, table: str, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._core.unregister_row_update(table, callback)

    def register_on_reducer(self, name: str, callback: Callback) -> Callback:
        """What `register_on_{reducer}` does, for this client: `callback(identity, address, status, message, *args)`.

        Over v1 it runs for every client's calls; over v2 and v3, and with `light=True`, for this client's own alone,
        which is logged once as a warning.
        """
        self._core.register_on_reducer(name, callback)
        return callback

    def unregister_on_reducer(self, name: str, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._core.unregister_on_reducer(name, callback)
