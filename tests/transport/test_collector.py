"""Bulk work pauses the garbage collector; it is always as it was afterwards, and never off for long."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from spacetimedb_sdk.transport import gc_pause
from spacetimedb_sdk.transport.gc_pause import MANY_NEW, Collector, GcPause


@pytest.fixture(autouse=True)
def collecting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A collector that has seen no work yet, and nothing frozen, whatever ran before."""
    monkeypatch.setattr(gc_pause, "COLLECTOR", Collector())
    gc.unfreeze()
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def made_in_a_pause(count: int) -> list[list[object]]:
    with GcPause() as pause:
        pause.begin()
        return [[] for _ in range(count)]


def visited(work: Callable[[], object]) -> list[int]:
    """The generations that were looked through in `work` and after it, until some more objects were made."""
    seen: list[int] = []

    def look(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.collect()
    # Before the pause: the pass may come at any object made after it, by any thread.
    gc.callbacks.append(look)
    made = work()
    more = [[] for _ in range(100)]  # type: ignore[var-annotated]
    gc.callbacks.remove(look)
    assert made is not more
    return seen


def test_overlapping_work_shares_one_pause() -> None:
    first, second = GcPause(), GcPause()
    first.begin()
    second.begin()
    second.begin()
    first.end()
    assert not gc.isenabled(), "the second is at work still"
    second.end()
    assert gc.isenabled()
    second.end()
    first.begin()
    assert not gc.isenabled(), "one that has ended can begin again"
    first.end()
    assert gc.isenabled()


def test_a_program_that_has_it_off_keeps_it_off() -> None:
    gc.disable()
    with GcPause() as pause:
        pause.begin()
    assert not gc.isenabled()


def test_an_error_ends_the_pause() -> None:
    with contextlib.suppress(KeyError), GcPause() as pause:
        pause.begin()
        raise KeyError
    assert gc.isenabled()


def test_a_pause_that_lasts_is_shared_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc_pause, "LONGEST_PAUSE", -1.0)
    first, second = GcPause(), GcPause()
    first.begin()
    second.begin()
    first.end()
    assert gc.isenabled(), "work that came too late to share the pause does not prolong it"
    second.end()
    assert gc.isenabled()


def test_much_that_was_made_in_a_pause_is_not_looked_through_after_it() -> None:
    assert visited(lambda: made_in_a_pause(2 * MANY_NEW)) == []


def test_less_is_and_so_is_as_much_again() -> None:
    assert visited(lambda: made_in_a_pause(MANY_NEW // 2)) == [0]
    assert visited(lambda: made_in_a_pause(2 * MANY_NEW)) == []
    assert visited(lambda: made_in_a_pause(2 * MANY_NEW)) == [0]
    assert visited(lambda: made_in_a_pause(4 * MANY_NEW)) == []


def test_what_a_program_has_frozen_stays_so() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    assert visited(lambda: made_in_a_pause(2 * MANY_NEW)) == [0]
    assert gc.get_freeze_count() >= frozen - 100


def test_garbage_among_it_is_found_by_a_pass_over_everything() -> None:
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    ring = Ring()
    gone = weakref.ref(ring)
    made = made_in_a_pause(2 * MANY_NEW)
    del ring
    gc.collect()
    assert gone() is None
    assert made
