"""Query sets: what a client's subscriptions go through, the states of a set of queries, and those of the whole of them.

A client wants sets: the *main* one, which `subscribe` replaces, and one for each handle. What it wants outlives connections;
what a connection was asked for does not. So there are two things with states.

**A set** that a connection was asked for:

    ASKED     was sent and has no answer        applied -> STANDING    refused, given up -> ENDED
    STANDING  its rows are in the cache         given up, died, superseded -> ENDED

An ended set is forgotten; an answer that still comes for it changes rows and ends no handle. When a connection is
lost, or a set died and all are asked for anew, every set of that connection is forgotten at once.

**All of them together.** Some changes take several messages, between which rows of both the old and the new are there,
or of neither: the main set's place is taken by another (v2 subscribes to the new one, then gives up the old one; v1 does it
in one message, but where handles stand beside it they step aside and are asked for again, since its answer does not say
which rows were whose); and after a lost connection, when the cache still holds what was there. Meanwhile everything that
comes is *held*, and at the end it is applied as one change, of which the program gets the difference alone:

    APART           nothing is asked for: there is no connection, or its first callbacks run
    RETURNING       the same, while rows of a lost connection, or of a set that died, are in the cache: what comes is held
    OPEN            what comes is applied as it comes
    SWAPPING        what comes is held until every request of the swap has been answered
    SWAPPING_AGAIN  the same, and `subscribe` was called meanwhile over v1, where swaps cannot overlap

`TRANSITIONS` has every step there is; any other is a fault of the SDK's own.
"""

from __future__ import annotations

from enum import Enum
from typing import Generic, Protocol, TypeAlias, TypeVar

from ...protocol.outcomes import Removed, SubscriptionApplied, TableRows, Transaction
from ...records import field, record
from ..rows.cache import merged

__all__ = ["TRANSITIONS", "Held", "PendingSwap", "Phase", "QuerySet", "SetState", "Step"]

Held: TypeAlias = Transaction | SubscriptionApplied | Removed


class Phase(Enum):
    """Where a client's subscriptions are, all together."""

    APART = "apart"
    RETURNING = "returning"
    OPEN = "open"
    SWAPPING = "swapping"
    SWAPPING_AGAIN = "swapping again"

    @property
    def is_asked(self) -> bool:
        """Whether the connection there is has been asked for what is wanted."""
        return self not in (Phase.APART, Phase.RETURNING)


class Step(Enum):
    """What leads from one phase to the next."""

    STANDS = "a connection stands, and no rows are in the cache"
    RETURNS = "a connection stands, or a set died, and rows are in the cache"
    ASKED = "everything that is wanted was asked for"
    SWAPS = "a change begins that takes several messages"
    WAITS = "another main set is wanted while v1 swaps"
    SETTLED = "every request of the swap was answered"
    DROPPED = "the server gave up every set it had applied"
    LOST = "the connection is gone"


_A, _R, _O, _S, _W = Phase.APART, Phase.RETURNING, Phase.OPEN, Phase.SWAPPING, Phase.SWAPPING_AGAIN
TRANSITIONS: dict[Phase, dict[Step, Phase]] = {
    _A: {Step.STANDS: _A, Step.RETURNS: _R, Step.ASKED: _O, Step.DROPPED: _A, Step.LOST: _A},
    _R: {Step.STANDS: _A, Step.RETURNS: _R, Step.ASKED: _S, Step.DROPPED: _A, Step.LOST: _A},
    _O: {Step.RETURNS: _R, Step.SWAPS: _S, Step.DROPPED: _O, Step.LOST: _A},
    _S: {Step.RETURNS: _R, Step.SWAPS: _S, Step.WAITS: _W, Step.SETTLED: _O, Step.DROPPED: _O, Step.LOST: _A},
    _W: {Step.RETURNS: _R, Step.SWAPS: _W, Step.WAITS: _W, Step.SETTLED: _O, Step.DROPPED: _O, Step.LOST: _A},
}


class SetState(Enum):
    """Where one set is that a connection was asked for; an ended one is not kept."""

    ASKED = "asked"
    STANDING = "standing"


class _Handle(Protocol):
    queries: tuple[str, ...]


H = TypeVar("H", bound=_Handle)


@record(frozen=False)
class QuerySet(Generic[H]):
    """A set that the connection was asked for by the request `id`; over v2 and for handles that is the set's id too."""

    id: int
    queries: tuple[str, ...]
    # None for the main set.
    handle: H | None
    # v1's main set that was asked for while handles stood: its rows are not all there are.
    is_beside: bool = False
    state: SetState = SetState.ASKED


@record(frozen=False)
class PendingSwap:
    """Outcomes that are applied together once every request in `waiting` has been answered."""

    waiting: set[int] = field(default_factory=set)
    # Whether the rows that come are all there are, whatever the cache holds.
    replaces: bool = False
    outcomes: list[Held] = field(default_factory=list)

    def hold(self, outcome: Held) -> None:
        self.outcomes.append(outcome)
        if not isinstance(outcome, Transaction):
            self.waiting.discard(outcome.request_id)

    @property
    def applied(self) -> set[int]:
        """The requests whose rows are held."""
        return {outcome.request_id for outcome in self.outcomes if isinstance(outcome, SubscriptionApplied)}

    @property
    def transactions(self) -> list[Transaction]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, Transaction)]

    def rows(self) -> tuple[bool, list[TableRows]]:
        """The rows of it all as one message, and whether they are all there are.

        What came before the set that replaces everything spoke of rows that are gone with it.
        """
        applied = [n for n, outcome in enumerate(self.outcomes) if isinstance(outcome, SubscriptionApplied)]
        in_one_step = [n for n in applied if getattr(self.outcomes[n], "replaces", False)]
        start = in_one_step[-1] if in_one_step else applied[0] if self.replaces and applied else None
        if start is None and self.replaces:
            return True, []
        return start is not None, merged(outcome.tables for outcome in self.outcomes[start or 0 :])
