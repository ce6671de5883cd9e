"""Connecting: the `connect` and `connect_async` of a bindings package, which make its typed clients.

A package says what is its own: its module, the name its database most likely has, and its classes, which are loaded when
they are first asked for, so that bindings load no client that a program does not use.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from typing import Self, Unpack

    from ..bindings.module import ModuleBindings
    from ..types import Address, Identity
    from .options import ConnectKeywords

__all__ = ["DEFAULT_HOST", "Connect", "ConnectAsync", "Connecting"]

DEFAULT_HOST = "127.0.0.1:3000"
_HOW = "write `client = await connect_async(...)`, or `async with connect_async(...) as client`"


class FrameClient(Protocol):
    """What `Connect` asks of a class of clients."""

    @classmethod
    def init(
        cls,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool | None,
        autogen_package: ModuleBindings,
        on_connect: Callable[[], object] | None = None,
        on_disconnect: Callable[[str], object] | None = None,
        on_identity: Callable[[str, Identity, Address], object] | None = None,
        on_error: Callable[[str], object] | None = None,
        **options: Unpack[ConnectKeywords],
    ) -> Self: ...


class LoopClient(Protocol):
    """What `ConnectAsync` asks of a client."""

    def __init__(self, autogen_package: ModuleBindings) -> None: ...

    def set_callbacks(
        self,
        *,
        on_disconnect: Callable[[str], object] | None,
        on_identity: Callable[[str, Identity, Address], object] | None,
    ) -> None: ...

    async def connect(
        self,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool | None,
        on_connect: Callable[[str, Identity], object] | None = None,
        *,
        on_error: Callable[[str], object] | None = None,
        **options: Unpack[ConnectKeywords],
    ) -> None: ...

    async def close(self) -> None: ...


T = TypeVar("T")
C = TypeVar("C", bound=FrameClient)
A = TypeVar("A", bound=LoopClient)


class _OfPackage(Generic[T]):
    """What either way to connect is given by a bindings package: `client` loads the class of its clients, `database` is the
    name that is taken where a call gives none."""

    def __init__(self, bindings: ModuleBindings, database: str, client: Callable[[], type[T]]) -> None:
        self._bindings, self._database, self._client = bindings, database, client


class Connect(_OfPackage[C]):
    """`module_bindings.connect(...)`: makes a client, typed, and starts to connect."""

    def __call__(
        self,
        host: str = DEFAULT_HOST,
        database: str | None = None,
        *,
        token: str | None = None,
        tls: bool | None = None,
        on_connect: Callable[[], object] | None = None,
        on_disconnect: Callable[[str], object] | None = None,
        on_identity: Callable[[str, Identity, Address], object] | None = None,
        on_error: Callable[[str], object] | None = None,
        **options: Unpack[ConnectKeywords],
    ) -> C:
        """Make a client and start to connect; `client.update()` tells what comes of it.

        `database` is the module's own name unless another is given. `token` is that of an earlier `on_identity`, None for a
        new identity; `tls` is what the scheme of `host` says unless it is given. `options` are those of `ConnectOptions`.
        """
        return self._client().init(
            token,
            host,
            self._database if database is None else database,
            tls,
            self._bindings,
            on_connect=on_connect,
            on_disconnect=on_disconnect,
            on_identity=on_identity,
            on_error=on_error,
            **options,
        )


class ConnectAsync(_OfPackage[A]):
    """`module_bindings.connect_async(...)`: a client, typed, that connects when it is awaited or entered."""

    def __call__(
        self,
        host: str = DEFAULT_HOST,
        database: str | None = None,
        *,
        token: str | None = None,
        tls: bool | None = None,
        on_connect: Callable[[str, Identity], object] | None = None,
        on_disconnect: Callable[[str], object] | None = None,
        on_identity: Callable[[str, Identity, Address], object] | None = None,
        on_error: Callable[[str], object] | None = None,
        **options: Unpack[ConnectKeywords],
    ) -> Connecting[A]:
        """A client that connects when it is awaited, or entered: `async with connect_async() as client`.

        `database` is the module's own name unless another is given. `token` is that of an earlier `on_identity`, None for a
        new identity; `tls` is what the scheme of `host` says unless it is given. `options` are those of `ConnectOptions`.
        """
        client = self._client()(self._bindings)
        client.set_callbacks(on_disconnect=on_disconnect, on_identity=on_identity)
        name = self._database if database is None else database
        return Connecting(
            client, client.connect(token, host, name, tls, on_connect, on_error=on_error, **options)
        )


class Connecting(Generic[A]):
    """A client that is about to connect: `client = await ...`, or `async with ... as client`, which closes it at the end."""

    def __init__(self, client: A, connecting: Coroutine[Any, Any, None]) -> None:
        self._client = client
        self._connecting = connecting

    def __await__(self) -> Generator[Any, None, A]:
        yield from self._connecting.__await__()
        return self._client

    async def __aenter__(self) -> A:
        return await self

    async def __aexit__(self, *_exc: object) -> None:
        await self._client.close()

    if not TYPE_CHECKING:  # checkers find both mistakes by what is not there

        def __getattr__(self, name: str) -> object:
            raise AttributeError(f"no client yet that has {name!r}: {_HOW}")

        def __enter__(self) -> object:
            raise TypeError(f"no client yet: {_HOW}")

        def __exit__(self, *_exc: object) -> None:
            """For `with`, which asks for it before it enters."""
