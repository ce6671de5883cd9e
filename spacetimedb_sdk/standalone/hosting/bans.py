"""Bans: identities that a database's owner has turned away. In memory: a server that is started again has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from ...types import Identity

__all__ = ["DEFAULT_REASON", "Ban", "Bans"]

DEFAULT_REASON = "whoever runs this database has removed you"
# A close frame has room for 123 bytes, and a client shows 200 characters of a refusal.
_REASON_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Ban:
    """`reason` is what the client is told, `until` a time of the clock, None for as long as the server runs."""

    identity: Identity
    reason: str
    until: float | None


class Bans:
    """Who may not come in. `clock` gives seconds that are never set back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._bans: dict[Identity, Ban] = {}

    def add(self, identity: Identity, reason: str = "", seconds: float | None = None) -> Ban:
        """Turns an identity away, for `seconds` where they are given; another ban of the same identity is replaced."""
        line = " ".join(reason.split())[:_REASON_LENGTH] or DEFAULT_REASON
        ban = Ban(identity, line, None if seconds is None else self._clock() + seconds)
        self._bans[identity] = ban
        return ban

    def lift(self, identity: Identity) -> bool:
        """Lets an identity in again; False where it is not banned."""
        return self.of(identity) is not None and self._bans.pop(identity, None) is not None

    def of(self, identity: Identity) -> Ban | None:
        """The ban that holds for an identity now."""
        ban = self._bans.get(identity)
        if ban is not None and ban.until is not None and self._clock() >= ban.until:
            del self._bans[identity]
            return None
        return ban

    def all(self) -> list[tuple[Ban, float | None]]:
        """Those that hold now, the oldest first, each with the seconds that are left of it."""
        now = self._clock()
        holding = [ban for identity in list(self._bans) if (ban := self.of(identity)) is not None]
        return [(ban, None if ban.until is None else ban.until - now) for ban in holding]
