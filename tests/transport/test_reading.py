"""Who reads the socket: the table is whole, its events lead where its page says, and its lock is held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.transport.locks import ReentrantLock
from spacetimedb_sdk.transport.reading import LEASE, TABLE, Event, Owner, Reading

EVENTS = list(Event)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Owned:
    """A `Reading`, its lock and its clock."""

    def __init__(self, *events: Event) -> None:
        self.clock = Clock()
        self.lock = ReentrantLock()
        self.reading = Reading(self.lock, self.clock)
        self.happens(*events)

    def happens(self, *events: Event) -> Owner:
        with self.lock:
            for event in events:
                self.reading.happens(event)
        return self.reading.owner

    def end_wait(self, renew: bool) -> Owner:
        with self.lock:
            self.reading.end_wait(renew=renew)
        return self.reading.owner

    @property
    def is_io_threads(self) -> bool:
        with self.lock:
            return self.reading.is_io_threads


def test_the_table_has_every_owner_and_each_can_be_reached_and_ended() -> None:
    assert set(TABLE) == set(Owner)
    reached = {Owner.NONE}
    while True:
        more = reached | {after for owner in reached for after in TABLE[owner].values()}
        if more == reached:
            break
        reached = more
    assert reached == set(Owner)
    assert {event for row in TABLE.values() for event in row} == set(Event)
    for owner in set(Owner) - {Owner.ENDED}:
        assert TABLE[owner][Event.ENDED] is Owner.ENDED


@pytest.mark.parametrize(
    ("events", "owner"),
    [
        ([Event.WAIT_BEGINS], Owner.NONE),
        ([Event.LENT], Owner.NONE),
        ([Event.OPENED], Owner.IO_THREAD),
        ([Event.OPENED, Event.WAIT_BEGINS], Owner.WAITER),
        ([Event.OPENED, Event.WAIT_BEGINS, Event.LENT], Owner.WAITER),
        ([Event.OPENED, Event.WAIT_BEGINS, Event.WAIT_ENDS], Owner.LEASE),
        ([Event.OPENED, Event.WAIT_BEGINS, Event.WAIT_ENDS, Event.CLOSING], Owner.IO_THREAD),
        ([Event.OPENED, Event.WAIT_BEGINS, Event.WAIT_ENDS, Event.LENT], Owner.LOOP),
        ([Event.OPENED, Event.LENT, Event.GIVEN_BACK, Event.GIVEN_BACK], Owner.IO_THREAD),
        ([Event.OPENED, Event.LENT, Event.WAIT_BEGINS], Owner.LOOP),
        ([Event.OPENED, Event.LENT, Event.OVERDUE], Owner.IO_THREAD),
        ([Event.OPENED, Event.LENT, Event.LARGE_BEGINS, Event.GIVEN_BACK], Owner.LARGE),
        ([Event.OPENED, Event.LARGE_BEGINS, Event.WAIT_BEGINS], Owner.LARGE),
        ([Event.OPENED, Event.LARGE_BEGINS, Event.LARGE_ENDS], Owner.IO_THREAD),
        ([Event.OPENED, Event.LARGE_BEGINS, Event.FILLED, Event.LARGE_ENDS], Owner.FULL),
        ([Event.OPENED, Event.FILLED, Event.WAIT_BEGINS, Event.LENT], Owner.FULL),
        ([Event.OPENED, Event.FILLED, Event.EMPTIED], Owner.IO_THREAD),
        ([Event.OPENED, Event.ENDED, Event.OPENED, Event.LENT, Event.EMPTIED], Owner.ENDED),
    ],
)
def test_events(events: list[Event], owner: Owner) -> None:
    assert Owned().happens(*events) is owner


@given(st.lists(st.sampled_from(EVENTS)))
def test_whatever_happens_there_is_one_owner_and_the_end_is_the_end(events: list[Event]) -> None:
    owned = Owned()
    for event in events:
        before = owned.reading.owner
        after = owned.happens(event)
        assert after is TABLE[before].get(event, before)
        assert before is not Owner.ENDED or after is Owner.ENDED
        if after in (Owner.LOOP, Owner.WAITER) and after is not before:
            assert before in (Owner.IO_THREAD, Owner.LEASE), "taken from none that reads"


def test_a_lease_ends_by_itself() -> None:
    owned = Owned(Event.OPENED, Event.WAIT_BEGINS)
    assert owned.end_wait(renew=True) is Owner.LEASE
    assert owned.reading.is_leased
    assert not owned.is_io_threads
    owned.clock.now += LEASE
    assert not owned.reading.is_leased
    assert owned.is_io_threads
    assert owned.reading.owner is Owner.IO_THREAD


def test_a_look_in_between_neither_ends_nor_prolongs_a_lease() -> None:
    owned = Owned(Event.OPENED, Event.WAIT_BEGINS)
    owned.end_wait(renew=True)
    owned.clock.now += LEASE / 2
    owned.happens(Event.WAIT_BEGINS)
    assert owned.end_wait(renew=False) is Owner.LEASE
    owned.clock.now += LEASE / 2
    owned.happens(Event.WAIT_BEGINS)
    assert owned.end_wait(renew=False) is Owner.IO_THREAD


def test_no_lease_outlives_the_goodbye() -> None:
    owned = Owned(Event.OPENED, Event.WAIT_BEGINS)
    owned.end_wait(renew=True)
    with owned.lock:
        assert owned.reading.close()
    assert owned.reading.owner is Owner.IO_THREAD
    assert not owned.reading.is_leased


def test_the_owner_changes_under_its_lock_alone() -> None:
    with pytest.raises(AssertionError, match="under its lock"):
        Owned().reading.happens(Event.OPENED)
