"""Bulk work pauses the garbage collector; it is always as it was afterwards, and never off for long."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

import pytest

from spacetimedb_sdk.transport import gc_pause
from spacetimedb_sdk.transport.gc_pause import GcPause


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


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
