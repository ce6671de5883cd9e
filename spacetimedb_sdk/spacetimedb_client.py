"""The basic client: the program owns its main loop and calls `update()` in it, once a frame.

    client = SpacetimeDBClient.init(token, "localhost:3000", "my-game", False, module_bindings, on_connect=joined)
    while running:
        client.update()

Everything is received and decoded on a thread of the SDK's own; rows change and callbacks run in `update()` only, on the
thread that calls it. Unless its docstring says otherwise, a method belongs to that thread.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING
from weakref import ref

from .bindings.ambient import AMBIENT
from .bindings.module import ModuleBindings
from .client.core import ClientCore
from .client.legacy_hooks import LegacyHooks
from .client.options import ConnectKeywords, ConnectOptions
from .client.requests.calls import ReducerCall
from .client.stats import ClientStats
from .events import ReducerEvent, TransactionUpdateMessage
from .protocol.connection import ConnectionState
from .system.clock import SYSTEM_CLOCK, Clock
from .types import Address, Identity

if TYPE_CHECKING:
    from typing import Self, Unpack

__all__ = [
    "Address",
    "ClientStats",
    "ConnectionState",
    "Identity",
    "ReducerEvent",
    "SpacetimeDBClient",
    "TransactionUpdateMessage",
]


class _Instance:
    """`SpacetimeDBClient.instance`: inside a callback the client that is calling back, otherwise the last one made.

    The last one is held here: programs may keep no other reference to their client.
    """

    def __init__(self) -> None:
        self.last: SpacetimeDBClient | None = None

    def __get__(self, obj: object, owner: type | None = None) -> SpacetimeDBClient:
        ambient = AMBIENT.get()
        face = ambient.frame_face() if ambient is not None else None
        # None stays possible, as it always was before init: programs ask for it only after.
        return face if isinstance(face, SpacetimeDBClient) else self.last  # type: ignore[return-value]


_INSTANCE = _Instance()


class SpacetimeDBClient(LegacyHooks):
    """A connection to a database, the rows it is subscribed to, and the callbacks that tell of their changes.

    Methods belong to the thread that calls `update()`; those that any thread may call say so.
    """

    instance = _INSTANCE

    def __init__(
        self,
        autogen_package: ModuleType | ModuleBindings,
        *,
        clock: Clock = SYSTEM_CLOCK,
        core: ClientCore | None = None,
    ) -> None:
        super().__init__(autogen_package, clock=clock, core=core)
        self._core.frame_face = ref(self)

    @classmethod
    def init(
        cls,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool | None,
        autogen_package: ModuleType | ModuleBindings,
        on_connect: Callable[[], object] | None = None,
        on_disconnect: Callable[[str], object] | None = None,
        on_identity: Callable[[str, Identity, Address], object] | None = None,
        on_error: Callable[[str], object] | None = None,
        **options: Unpack[ConnectKeywords],
    ) -> Self:
        """Make a client and start to connect; `update()` tells what comes of it. `options`: see `ConnectOptions`.

        `auth_token` is a token from an earlier `on_identity`, or None for a new identity. `host` is `HOST:PORT`, with
        or without a scheme that agrees with `ssl_enabled`, which may be None: then the scheme decides. A connection that fails goes to `on_error`; without one,
        it is logged and `update()` raises the typed error once.
        """
        client = cls(autogen_package)
        client.set_callbacks(
            on_connect=on_connect, on_disconnect=on_disconnect, on_identity=on_identity, on_error=on_error
        )
        client.connect(auth_token, host, address_or_name, ssl_enabled, **options)
        return client

    def connect(
        self,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool | None,
        *,
        wake: Callable[[], None] = lambda: None,
        **options: Unpack[ConnectKeywords],
    ) -> None:
        """Start to connect, once per client; returns at once. `options` are those of `ConnectOptions`.

        `wake` is called from another thread when something has come.
        """
        chosen = ConnectOptions.of(options)
        _INSTANCE.last = self
        self._core.connect(auth_token, (host, address_or_name, ssl_enabled), chosen, wake)

    def update(self, timeout: float | None = None, *, budget: float | None = None) -> None:
        """Apply what has come and run its callbacks; with `timeout` (seconds) wait for something to come first.

        Takes what was there when it was called, no more. With `budget` (seconds) it stops there, between two rows or two
        callbacks, and goes on in the next call; a single callback is not interrupted. ClientStateError from inside a
        callback or from a second thread. ConnectError, once, when no connection came about and there is no `on_error`.
        """
        self._core.update(timeout, budget)

    def call_reducer(self, name: str, *args: object) -> ReducerCall:
        """Ask the server to run a reducer; from any thread.

        EncodeError when an argument does not fit, TypeError for their number, ClientStateError when not connected.
        """
        call = ReducerCall(self._core, name)
        self._core.send_call(name, args, call)
        return call

    def close(self) -> None:
        """Send what is left, close the connection and run `on_disconnect`; at most two seconds. Twice is fine."""
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
