"""Bulk work pauses the garbage collector; it is always as it was afterwards, and never off for long."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from spacetimedb_sdk import collector
from spacetimedb_sdk.collector import collector_paused


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_overlapping_work_shares_one_pause() -> None:
    first, second = collector_paused(), collector_paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled(), "the second is at work still"
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_program_that_has_it_off_keeps_it_off() -> None:
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


def test_an_error_ends_the_pause() -> None:
    with pytest.raises(KeyError), collector_paused():
        raise KeyError
    assert gc.isenabled()


def test_a_pause_that_lasts_is_shared_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "LONGEST_PAUSE", -1.0)
    first, second = collector_paused(), collector_paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.isenabled(), "work that came too late to share the pause does not prolong it"
    second.__exit__(None, None, None)
    assert gc.isenabled()
