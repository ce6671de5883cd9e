"""Slices: all at once, with something between, or until a deadline, and on from there."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.slices import Slices, run, run_until


def work(done: list[int], count: int = 3) -> Slices[str]:
    for number in range(count):
        done.append(number)
        yield
    return "result"


def test_all_at_once_gives_the_result() -> None:
    done: list[int] = []
    assert run(work(done)) == "result"
    assert done == [0, 1, 2]


def test_something_happens_before_each_slice() -> None:
    done: list[int] = []
    seen: list[int] = []
    run(work(done), lambda: seen.append(len(done)))
    assert seen == [0, 1, 2, 3]


def test_a_deadline_ends_it_after_the_slice_and_it_goes_on_later() -> None:
    done: list[int] = []
    times = iter([0.0, 1.0, 2.0, 3.0])
    begun = work(done)
    assert not run_until(begun, 1.0, lambda: next(times))
    assert done == [0, 1]
    assert run_until(begun, 9.0, lambda: next(times))
    assert done == [0, 1, 2]


def test_there_is_one_slice_at_least() -> None:
    done: list[int] = []
    assert not run_until(work(done), 0.0, lambda: 5.0)
    assert done == [0]


def test_errors_of_the_work_come_through() -> None:
    def broken() -> Slices[None]:
        yield
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run(broken())
