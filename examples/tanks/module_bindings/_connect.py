"""Connecting, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._module import MODULE

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from spacetimedb_sdk.client.options import ConnectKeywords
    from spacetimedb_sdk.spacetimedb_async_client import Connecting
    from spacetimedb_sdk.types import Address, Identity

    from ._async_client import AsyncClient
    from ._client import Client


def connect(
    host: str = "127.0.0.1:3000",
    database: str = "tanks",
    *,
    token: str | None = None,
    tls: bool | None = None,
    on_connect: Callable[[], object] | None = None,
    on_disconnect: Callable[[str], object] | None = None,
    on_identity: Callable[[str, Identity, Address], object] | None = None,
    on_error: Callable[[str], object] | None = None,
    **options: Unpack[ConnectKeywords],
) -> Client:
    """Make a client and start to connect; `client.update()` tells what comes of it.

    `token` is that of an earlier `on_identity`, None for a new identity; `tls` is what the scheme of `host` says unless it
    is given. `options` are those of `ConnectOptions`.
    """
    from ._client import Client

    return Client.init(
        token,
        host,
        database,
        tls,
        MODULE,
        on_connect=on_connect,
        on_disconnect=on_disconnect,
        on_identity=on_identity,
        on_error=on_error,
        **options,
    )


def connect_async(
    host: str = "127.0.0.1:3000",
    database: str = "tanks",
    *,
    token: str | None = None,
    tls: bool | None = None,
    on_connect: Callable[[str, Identity], object] | None = None,
    on_disconnect: Callable[[str], object] | None = None,
    on_identity: Callable[[str, Identity, Address], object] | None = None,
    on_error: Callable[[str], object] | None = None,
    **options: Unpack[ConnectKeywords],
) -> Connecting[AsyncClient]:
    """A client that connects when it is awaited, or entered: `async with connect_async() as client`.

    `token` is that of an earlier `on_identity`, None for a new identity; `tls` is what the scheme of `host` says unless it
    is given. `options` are those of `ConnectOptions`.
    """
    from spacetimedb_sdk.spacetimedb_async_client import Connecting

    from ._async_client import AsyncClient

    client = AsyncClient(MODULE)
    client.set_callbacks(on_disconnect=on_disconnect, on_identity=on_identity)
    connecting = client.connect(token, host, database, tls, on_connect, on_error=on_error, **options)
    return Connecting(client, connecting)
