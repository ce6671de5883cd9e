"""Options of a connection beyond the reference, the same for both clients."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, TypedDict

from ..bindings.module import ModuleBindings
from ..protocol.codecs.offered import OfferedCodecs
from ..protocol.codecs.subprotocol import ProcedureSignature, ProtocolSchema
from ..protocol.compression import MESSAGE_LIMIT, Compression
from ..protocol.rows.decoding import TableReader
from ..reconnect import ReconnectPolicy
from ..records import record
from ..system.plain_text import close_to
from ..system.requirements import require
from ..transport.client_link import LinkFactory
from ..transport.io_thread import DEFAULT_BACKLOG, connect
from .rows.cache import ClientCache

__all__ = ["ConnectKeywords", "ConnectOptions", "make_codecs"]


class ConnectKeywords(TypedDict, total=False):
    """The same as keyword arguments; `ConnectOptions` says what they mean."""

    protocol: str | None
    compression: str | None
    light: bool
    confirmed: bool | None
    timeout: float
    ssl_context: ssl.SSLContext | None
    backlog_bytes: int
    message_limit: int
    pause_gc: bool
    budget: float | None
    verify_schema: bool | None
    reconnect: bool | ReconnectPolicy
    debug: bool | None
    token_provider: Callable[[], str | None] | None
    link_factory: LinkFactory


@record
class ConnectOptions:
    """The keyword arguments of `connect`.

    protocol        v1, v1.json, v2 or v3; default: what the bindings need (see `make_codecs`)
    compression     none, gzip or brotli; default: none on loopback, gzip elsewhere
    light           leave out who called what (v1)
    confirmed       get a transaction once it is durable; default: the server's
    timeout         seconds until an attempt to connect is given up
    ssl_context     default: certificates are verified
    backlog_bytes   bound on what waits for `update()`
    message_limit   bound on the bytes of one message, after decompression
    pause_gc        leave Python's garbage collector out while many rows are decoded and applied; default: True
    budget          seconds, the default of `update(budget=...)`
    verify_schema   ask the server for its schema first: SchemaMismatchError where the bindings are of another one. Default:
                    what the server has must fit, and where it cannot be asked the log warns; True: it must be asked, and
                    have all that the bindings have; False: it is not asked
    reconnect       True, or a ReconnectPolicy: open a lost connection again
    debug           name slow callbacks, a forgotten update() and tables that are read and never subscribed to in the log;
                    default: what the environment variable SPACETIMEDB_DEBUG says
    token_provider  called for a token before each attempt, in place of `auth_token`
    link_factory    what makes the connection; `spacetimedb_sdk.testing` has some that need no network
    """

    protocol: str | None = None
    compression: str | None = None
    light: bool = False
    confirmed: bool | None = None
    timeout: float = 10.0
    ssl_context: ssl.SSLContext | None = None
    backlog_bytes: int = DEFAULT_BACKLOG
    message_limit: int = MESSAGE_LIMIT
    pause_gc: bool = True
    budget: float | None = None
    verify_schema: bool | None = None
    reconnect: bool | ReconnectPolicy = False
    debug: bool | None = None
    token_provider: Callable[[], str | None] | None = None
    link_factory: LinkFactory = connect

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> ConnectOptions:
        """The options with these names. TypeError for one there is none of, and for a value of another type."""
        for name, value in given.items():
            held = _HELD.get(name)
            if held is None:
                raise TypeError(
                    f"there is no option {name}{close_to(name, (*_HELD, *(set(_PARAMETERS) - {name})))}: there are {', '.join(_HELD)}"
                )
            if not isinstance(value, held):
                raise TypeError(f"option {name} is {cls.__annotations__[name]}, not {value!r}")
        return cls(**given)

    def compression_for(self, is_loopback: bool) -> Compression:
        """ValueError for a name there is none of, MissingPackageError for brotli where its package is not installed."""
        if self.compression is None:
            return Compression.NONE if is_loopback else Compression.GZIP
        try:
            compression = Compression(self.compression.capitalize())
        except ValueError:
            raise ValueError(f"compression must be none, gzip or brotli, not {self.compression!r}") from None
        if compression is Compression.BROTLI:
            require("compression='brotli'", "brotli")
        return compression

    @property
    def policy(self) -> ReconnectPolicy | None:
        """How to come back, None for not at all."""
        return ReconnectPolicy() if self.reconnect is True else self.reconnect or None


# What a connection takes beside the options: the names by which it is given are told, too, where one is misspelled.
_PARAMETERS = ("token", "tls", "on_connect", "on_disconnect", "on_identity", "on_error")

# What the value of each option is an instance of.
_HELD: dict[str, tuple[type, ...]] = {
    "protocol": (str, NoneType),
    "compression": (str, NoneType),
    "light": (bool,),
    "confirmed": (bool, NoneType),
    "timeout": (int, float),
    "ssl_context": (ssl.SSLContext, NoneType),
    "backlog_bytes": (int,),
    "message_limit": (int,),
    "pause_gc": (bool,),
    "budget": (int, float, NoneType),
    "verify_schema": (bool, NoneType),
    "reconnect": (bool, ReconnectPolicy, NoneType),
    "debug": (bool, NoneType),
    "token_provider": (Callable, NoneType),  # type: ignore[dict-item]  # isinstance takes it
    "link_factory": (Callable,),  # type: ignore[dict-item]
}

# What `protocol` may be; the server's choice among several is its own (v3 before v2 before v1).
_PROTOCOLS = {
    "v1": "v1.bsatn.spacetimedb",
    "v1.json": "v1.json.spacetimedb",
    "v2": "v2.bsatn.spacetimedb",
    "v3": "v3.bsatn.spacetimedb",
}
_NEWEST_FIRST = ("v3", "v2", "v1")


def make_codecs(bindings: ModuleBindings, cache: ClientCache, options: ConnectOptions) -> OfferedCodecs:
    """The codecs to offer, by subprotocol. ValueError for a protocol there is none of.

    Bindings that need nothing newer offer v1 alone: it still tells a client about other clients' calls.
    """
    readers = {table.name: TableReader(table.name, table.codec, table.primary_key) for table in cache}
    reducers = {name: info.params for name, info in bindings.reducers.items()}
    procedures = {
        name: ProcedureSignature(info.params, info.return_type) for name, info in bindings.procedures.items()
    }
    schema = ProtocolSchema(bindings.space, readers, reducers, procedures)
    newer = bool(procedures) or any(table.is_event or table.is_view for table in bindings.tables.values())
    if options.protocol is None:
        offered = _NEWEST_FIRST if newer else ("v1",)
    elif options.protocol in _PROTOCOLS:
        offered = (options.protocol,)
    else:
        raise ValueError(f"protocol must be one of {', '.join(_PROTOCOLS)}, not {options.protocol!r}")
    subprotocols = tuple(_PROTOCOLS[protocol] for protocol in offered)
    return OfferedCodecs(subprotocols, schema, message_limit=options.message_limit)
