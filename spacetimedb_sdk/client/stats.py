"""Stats: what a client has counted and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..records import record

if TYPE_CHECKING:
    from ..transport.client_link import ClientLink
    from .rows.cache import ClientCache

__all__ = ["ClientStats"]


@record(frozen=False)
class ClientStats:
    """Counted since the client was made; bytes as on the wire, without TLS.

    `queued_bytes` is the backlog, `rows` what the cache holds. `round_trip` and `jitter` are smoothed seconds,
    `clock_offset` the seconds by which the server's clock is ahead of this one; None until they are known.
    """

    transactions: int = 0
    row_updates: int = 0
    reducer_calls: int = 0
    reducer_errors: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    queued_bytes: int = 0
    rows: int = 0
    round_trip: float | None = None
    jitter: float | None = None
    clock_offset: float | None = None

    def refresh(self, link: ClientLink | None, cache: ClientCache) -> None:
        """Take over what the connection and the cache know."""
        self.rows = sum(map(len, cache))
        if link is not None:
            self.bytes_received, self.bytes_sent = link.bytes_received, link.bytes_sent
            self.queued_bytes = link.queued_bytes
            timing = link.timing
            self.round_trip, self.jitter = timing.round_trip, timing.jitter
            self.clock_offset = timing.clock_offset
