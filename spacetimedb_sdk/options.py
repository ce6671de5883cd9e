"""What a connection can be told beyond the reference, the same for both clients."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from .bindings import ModuleBindings
from .client_cache import ClientCache
from .protocol.compression import Compression, has_brotli
from .protocol.row_decoding import TableReader
from .protocol.subprotocol import ProtocolSchema, SubprotocolCodec
from .protocol.v1_bsatn import V1Bsatn
from .reconnect import ReconnectPolicy
from .transport import DEFAULT_BACKLOG, Link, connect

__all__ = ["ConnectOptions", "make_codecs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectOptions:
    """The keyword arguments of `connect`.

    compression     none, gzip or brotli; default: none on loopback, gzip elsewhere
    light           leave out who called what (v1)
    confirmed       be told of a transaction once it is durable; default: the server's
    timeout         seconds until an attempt to connect is given up
    ssl_context     default: certificates are verified
    backlog_bytes   bound on what waits for `update()`
    budget          seconds, the default of `update(budget=...)`
    reconnect       True, or a ReconnectPolicy: open a lost connection again
    token_provider  called for a token before each attempt, in place of `auth_token`
    link_factory    what makes the connection; `spacetimedb_sdk.testing` has some that need no network
    """

    compression: str | None = None
    light: bool = False
    confirmed: bool | None = None
    timeout: float = 10.0
    ssl_context: ssl.SSLContext | None = None
    backlog_bytes: int = DEFAULT_BACKLOG
    budget: float | None = None
    reconnect: bool | ReconnectPolicy = False
    token_provider: Callable[[], str | None] | None = None
    link_factory: Callable[..., Link] = connect

    def compression_for(self, is_loopback: bool) -> Compression:
        """ValueError for a name there is none of, and for brotli where its package is missing."""
        if self.compression is None:
            return Compression.NONE if is_loopback else Compression.GZIP
        try:
            compression = Compression(self.compression.capitalize())
        except ValueError:
            raise ValueError(f"compression must be none, gzip or brotli, not {self.compression!r}") from None
        if compression is Compression.BROTLI and not has_brotli():
            raise ValueError("compression='brotli' needs the `brotli` package: pip install brotli")
        return compression

    @property
    def policy(self) -> ReconnectPolicy | None:
        """How to come back, None for not at all."""
        return ReconnectPolicy() if self.reconnect is True else self.reconnect or None


def make_codecs(bindings: ModuleBindings, cache: ClientCache) -> dict[str, SubprotocolCodec]:
    """The codecs to offer, by subprotocol."""
    readers = {table.name: TableReader(table.name, table.codec, table.primary_key) for table in cache}
    reducers = {name: info.params for name, info in bindings.reducers.items()}
    codec = V1Bsatn(ProtocolSchema(bindings.space, readers, reducers))
    return {codec.subprotocol: codec}
