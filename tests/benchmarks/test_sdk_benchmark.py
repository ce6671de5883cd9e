"""The benchmark of the SDK runs and compares; which figures are good enough is for its table to say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.places import ROOT
from tests.plugins.waiting import PATIENCE


def table(*arguments: str) -> list[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / "sdk.py"), "--runs", "1", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=2 * PATIENCE)
    assert done.returncode in (0, 1)  # a goal may be missed: which, is for the table to say
    assert done.stderr == ""
    *lines, meanwhile = done.stdout.splitlines()[1:]
    assert "cores busy meanwhile" in meanwhile or "does not say" in meanwhile
    return lines


def test_a_line_has_a_figure_of_each_client_and_their_ratio() -> None:
    (line,) = table("--against", "floor", "--", "32 MiB")
    assert line.startswith("one message of 32 MiB")
    assert "x floor" in line
    assert "goal <= " in line


def test_rows_and_callbacks_are_counted_before_a_figure_is_given() -> None:
    lines = table("--against", "floor", "--", "initial rows, entity", "row updates, entity")
    assert [line.split("  ")[0] for line in lines] == ["initial rows, entity", "row updates, entity"]
    assert all("x floor" in line for line in lines)


@pytest.mark.soak
def test_memory_is_measured() -> None:
    (line,) = table("--against", "floor", "--", "memory a row, entity")
    assert "x floor" in line


def test_what_is_no_peer_is_a_case() -> None:
    (line,) = table("--against", "floor", "32 MiB")
    assert "x floor" in line


def test_what_is_neither_peer_nor_case_is_refused() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "sdk.py"), "--against", "floor", "upd4tes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no peer and no case upd4tes" in done.stderr
