"""Connecting, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.client.connecting import Connect, ConnectAsync

from ._module import MODULE

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client


def _client() -> type[Client]:
    from ._client import Client

    return Client


def _async_client() -> type[AsyncClient]:
    from ._async_client import AsyncClient

    return AsyncClient


connect = Connect(MODULE, "conformance-2x", _client)
connect_async = ConnectAsync(MODULE, "conformance-2x", _async_client)
