"""The budget of a frame: what 99 of 100 may take where it was set, and longer in proportion on a slower machine."""

from __future__ import annotations

import pygame
import pytest

from benchmarks import frame, sdk


@pytest.mark.parametrize(("slower", "is_held"), [(1.0, False), (1.5, True)])
def test_a_slower_machine_has_a_longer_budget(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], slower: float, is_held: bool
) -> None:
    size = min(frame.BUDGETS)
    times = [frame.BUDGETS[size] * 1.4] * 100
    for name in ("drawn", "bare", "walk"):
        monkeypatch.setattr(frame, name, lambda *args, **keywords: times)
    pygame.display.init()
    held = frame.case("bots", size, "full", circles=1, food=1, reach=1.0, frames=100, runs=1, slower=slower)
    assert held is is_held
    assert ("MISSED" in capsys.readouterr().out) is not is_held


@pytest.mark.parametrize("slower", [1.0, 2.0])
def test_how_slow_the_machine_is_is_asked_as_for_the_sdk(
    monkeypatch: pytest.MonkeyPatch, slower: float
) -> None:
    given: list[float] = []

    def case(*_args: object, **keywords: float) -> bool:
        given.append(keywords["slower"])
        return True

    monkeypatch.setattr("benchmarks.sdk.run", lambda *_args: sdk.ROWS_A_SECOND_THERE / slower)
    monkeypatch.setattr(frame, "case", case)
    monkeypatch.setattr(pygame, "quit", lambda: None)  # other tests have windows
    monkeypatch.setattr("sys.argv", ["frame.py"])
    assert frame.main() == 0
    assert given
    assert given == pytest.approx([slower] * len(given))
