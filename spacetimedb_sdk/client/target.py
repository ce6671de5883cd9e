"""Where a client connects to, and how: what every attempt to connect begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ..bindings.module import ModuleBindings
from ..protocol.codecs.subprotocol import SubprotocolCodec
from ..protocol.connection import Connection
from ..records import record
from ..transport.client_link import ClientLink
from ..transport.opening.dialing import Attempt
from ..transport.opening.handshake import ConnectRequest, HostAddress, parse_host
from .options import ConnectOptions, make_codecs
from .rows.cache import ClientCache

__all__ = ["Target"]


@record
class Target:
    """A database at an address, spoken to as `options` say. `wake` is called when something has come."""

    bindings: ModuleBindings
    address: HostAddress
    database: str
    codecs: Mapping[str, SubprotocolCodec]
    options: ConnectOptions
    wake: Callable[[], None]

    @classmethod
    def of(
        cls,
        bindings: ModuleBindings,
        cache: ClientCache,
        place: tuple[str, str, bool | None],
        options: ConnectOptions,
        wake: Callable[[], None],
    ) -> Target:
        """`place` is host, database and whether TLS is on, None for what the host's scheme says. ValueError for what cannot be one."""
        host, database, tls = place
        address = parse_host(host, tls)
        options.compression_for(address.is_loopback)
        return cls(bindings, address, database, make_codecs(bindings, cache, options), options, wake)

    def open(self, token: str | None) -> tuple[Connection, ClientLink]:
        """Begin an attempt; what comes of it is an outcome of the link."""
        options = self.options
        request = ConnectRequest(
            address=self.address,
            database=self.database,
            token=token,
            subprotocols=tuple(self.codecs),
            compression=options.compression_for(self.address.is_loopback),
            light=options.light,
            confirmed=options.confirmed,
            timeout=options.timeout,
            ssl_context=options.ssl_context,
            message_limit=options.message_limit,
            pause_gc=options.pause_gc,
            verify=partial(self._verify, token) if options.verify_schema else None,
        )
        link = options.link_factory(request, self.codecs, self.wake, backlog=options.backlog_bytes)
        return Connection(self.codecs), link

    def _verify(self, token: str | None, attempt: Attempt) -> None:
        # Most programs never ask, and HTTP doubles the time of importing the SDK.
        from ..http import HttpClient
        from ..sats.schema.versions import read_schema
        from .schema_check import check_schema

        options = self.options
        server = HttpClient(self.address.url, token, timeout=options.timeout, ssl_context=options.ssl_context)
        check_schema(self.bindings, read_schema(server.schema(self.database, within=attempt)))
