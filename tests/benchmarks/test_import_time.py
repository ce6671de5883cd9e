"""The benchmark of starting: programs find compiled sources whatever the environment says, and a busy machine fails nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import import_time


class Machine:
    """One that was calm, or was not."""

    def __init__(self, *, is_calm: bool) -> None:
        self._is_calm = is_calm

    def verdict(self) -> tuple[bool, str]:
        return self._is_calm, "as it was"


def test_programs_are_compiled_once_and_not_beside_their_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert import_time.milliseconds("import sys; print(int(sys.dont_write_bytecode))", str(tmp_path)) == 0
    import_time.milliseconds("import benchmarks.machine; print(1)", str(tmp_path))
    assert list(tmp_path.rglob("machine.*.pyc"))


@pytest.mark.parametrize(
    ("is_calm", "milliseconds", "websocket", "status"),
    [
        (True, 1.0, 0.0, 0),
        (True, 1000.0, 0.0, 1),
        (False, 1000.0, 0.0, 0),
        # A machine half as quick has twice the time.
        (True, 121.0, 86.0, 1),
        (True, 75.0, 86.0, 0),
    ],
)
def test_a_missed_goal_counts_on_a_calm_machine(
    is_calm: bool, milliseconds: float, websocket: float, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = {start.title: [milliseconds] for start in import_time.STARTS}
    monkeypatch.setattr(import_time, "measured", lambda runs: {"websocket": [websocket], **taken})
    monkeypatch.setattr(import_time, "Machine", lambda: Machine(is_calm=is_calm))
    monkeypatch.setattr(sys, "argv", ["import_time"])
    assert import_time.main() == status
