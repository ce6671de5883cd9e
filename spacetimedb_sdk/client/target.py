"""Target: where a client connects to, and how; what every attempt to connect begins with."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from ..bindings.module import ModuleBindings
from ..errors import ConnectError, DatabaseNotFoundError, HttpError, SchemaError
from ..protocol.codecs.subprotocol import SubprotocolCodec
from ..protocol.connection import Connection
from ..records import field, record
from ..transport.client_link import ClientLink
from ..transport.opening.dialing import Attempt
from ..transport.opening.handshake import ConnectRequest, HostAddress, parse_host
from .options import ConnectOptions, make_codecs
from .rows.cache import ClientCache

__all__ = ["Target"]


# Of the time for an attempt to connect, what asking for the schema may take where the program did not demand it.
SHARE_OF_THE_QUESTION = 0.5


@record
class Target:
    """A database at an address, spoken to as `options` say. `wake` is called when something has come."""

    bindings: ModuleBindings
    address: HostAddress
    database: str
    codecs: Mapping[str, SubprotocolCodec]
    options: ConnectOptions
    wake: Callable[[], None]
    # What an attempt could not make sure of, in words: told once the server has greeted, else its failure says enough.
    doubts: deque[str] = field(default_factory=deque)

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
            verify=None if options.verify_schema is False else partial(self._verify, token),
        )
        link = options.link_factory(request, self.codecs, self.wake, backlog=options.backlog_bytes)
        return Connection(self.codecs), link

    def _verify(self, token: str | None, attempt: Attempt) -> None:
        """Compare the server's schema with the bindings; where it cannot be asked for, and need not be, that is a doubt."""
        # What never connects need not load HTTP, which doubles the time of importing the SDK.
        from ..http import HttpClient
        from ..sats.schema.versions import read_schema
        from .schema_check import check_schema

        options = self.options
        server = HttpClient(
            self.address.url, token, timeout=options.timeout, ssl_context=options.ssl_context, tunnel=True
        )
        is_demanded = options.verify_schema is True
        # A WebSocket that stands is not given up because this question is never answered.
        share = attempt if is_demanded else attempt.share(SHARE_OF_THE_QUESTION)
        try:
            definition = read_schema(server.schema(self.database, within=share))
        except (HttpError, SchemaError, ConnectError) as error:
            if is_demanded or attempt.is_cancelled:
                raise
            # The database is there, since its WebSocket stands: it is the route that is not.
            is_missing = isinstance(error, DatabaseNotFoundError)
            reason = "the server does not tell it" if is_missing else error
            self.doubts.append(
                f"the schema of {self.database!r} was not compared with the bindings ({reason}): rows of another schema may "
                "be misread; verify_schema=False does not ask for it"
            )
        else:
            check_schema(self.bindings, definition, whole=is_demanded)
