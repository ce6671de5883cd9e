"""Failures in the log: as CPython prints them, but for the lines of source."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from spacetimedb_sdk.module.hosted.failures import failure_text


class OddError(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code, "inner")
        self.code = code

    def __str__(self) -> str:
        return f"odd {self.code}"


def own_text() -> None:
    raise OddError(7)


def key() -> None:
    raise KeyError("nothing here")


def without_text() -> None:
    raise AssertionError


def caused() -> None:
    try:
        own_text()
    except OddError as error:
        raise OSError(2, "gone") from error


def meanwhile() -> None:
    try:
        caused()
    except OSError:
        key()


def hidden() -> None:
    try:
        own_text()
    except OddError:
        raise ValueError("alone") from None


def endless(depth: int = 30) -> None:
    if not depth:
        raise ValueError("the bottom")
    endless(depth - 1)


def noted() -> None:
    error = ValueError("first")
    error.add_note("as noted")
    raise error


def raised(work: Callable[[], None]) -> Exception:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - what is looked at
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("work", [own_text, key, without_text, caused, meanwhile, hidden, endless, noted])
def test_it_is_what_python_prints_without_the_lines_of_source(work: Callable[[], None]) -> None:
    error = raised(work)
    printed = "".join(traceback.format_exception(error)).splitlines()
    assert failure_text(error).splitlines() == [line for line in printed if not line.startswith("    ")]


def test_one_that_caused_itself_and_one_whose_text_fails_end() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RecursionError

    first, second = raised(own_text), BrokenError()
    first.__cause__, second.__cause__ = second, first
    said = failure_text(second).splitlines()
    assert said[-1].endswith("BrokenError: <its text could not be made: RecursionError>")
    assert sum("odd 7" in line for line in said) == 1
