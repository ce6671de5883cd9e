"""The keys of one issuer: fetched when they are needed first, kept for a while, and fetched again for a new one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ...errors import SpacetimeDBException
from .key_discovery import KeysUnavailable, VerificationKey, discover_keys

__all__ = ["FETCH_SECONDS", "IssuerKeys", "IssuerUnavailable"]

# Clients wait meanwhile to be let in: as long as they themselves wait for a connection.
FETCH_SECONDS = 10.0
# As SpacetimeDB: an issuer takes keys back, so they are asked for again; where it is down, the old ones serve for a while.
_FRESH_SECONDS = 300.0
_GOOD_SECONDS = 7200.0
# Any client can make up the name of a key: an issuer is not asked more often for that, nor after it failed.
_AGAIN_SECONDS = 5.0
_log = logging.getLogger("spacetimedb_sdk.standalone")


class IssuerUnavailable(SpacetimeDBException):
    """A token cannot be checked now: `issuer` does not give its keys, for `reason`."""

    def __init__(self, issuer: str, reason: str) -> None:
        self.issuer = issuer
        self.reason = reason
        super().__init__(issuer, reason)

    def __str__(self) -> str:
        return f"the token cannot be checked: the keys of its issuer {self.issuer} cannot be had ({self.reason}); try again later"


class IssuerKeys:
    """The keys of `issuer`, on one event loop. `steady_clock` counts seconds."""

    def __init__(
        self,
        issuer: str,
        *,
        steady_clock: Callable[[], float] = time.monotonic,
        fetch_seconds: float = FETCH_SECONDS,
    ) -> None:
        self.issuer = issuer
        self._clock = steady_clock
        self._fetch_seconds = fetch_seconds
        self._keys: tuple[VerificationKey, ...] = ()
        self._fetched_at = self._failed_at = self._looked_again_at = float("-inf")
        # Why the last fetch failed.
        self._failure = ""
        # One fetch, however many wait for it.
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, algorithm: str, kid: str | None) -> tuple[VerificationKey, ...]:
        """The keys for `algorithm` named `kid`, or all of them where a token names none; nothing where there is none.

        IssuerUnavailable where the issuer cannot be asked.
        """
        if self._age() > _FRESH_SECONDS:
            self._begin()
            # Once it has failed, no request waits for it while the old keys serve.
            if not self._failure or self._age() > _GOOD_SECONDS:
                await self._end()
            if self._age() > _GOOD_SECONDS:
                raise IssuerUnavailable(self.issuer, self._failure)
        found = self._named(algorithm, kid)
        if found:
            return found
        # It may be new since.
        now = self._clock()
        if self._fetching is not None or now - self._looked_again_at >= _AGAIN_SECONDS:
            if self._fetching is None:
                self._looked_again_at = now
            self._begin()
            await self._end()
            found = self._named(algorithm, kid)
        if not found and self._failure:
            raise IssuerUnavailable(self.issuer, self._failure)
        return found

    def close(self) -> None:
        """Ends a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _named(self, algorithm: str, kid: str | None) -> tuple[VerificationKey, ...]:
        return tuple(
            key
            for key in self._keys
            if algorithm in key.algorithms and (kid is None or key.kid is None or key.kid == kid)
        )

    def _begin(self) -> None:
        """Begins a fetch, unless one is under way or has just failed."""
        just_failed = self._failure and self._clock() - self._failed_at < _AGAIN_SECONDS
        if self._fetching is None and not just_failed:
            self._fetching = asyncio.create_task(self._fetch())

    async def _end(self) -> None:
        """Waits for the fetch that is under way."""
        if self._fetching is not None:
            # Who waits may leave; the others go on waiting.
            await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        try:
            self._keys = await discover_keys(self.issuer, self._fetch_seconds)
        except KeysUnavailable as error:
            self._failure, self._failed_at = str(error), self._clock()
            _log.warning("the keys of the issuer %s cannot be had: %s", self.issuer, error)
        else:
            self._failure, self._fetched_at = "", self._clock()
        finally:
            self._fetching = None
