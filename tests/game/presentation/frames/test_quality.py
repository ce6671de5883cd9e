"""Quality follows the frames, and holds where it is fixed."""

from __future__ import annotations

import pytest

from game.match.settings import QUALITY_NAMES
from game.presentation.frames.quality import QUALITIES, FrameQuality

BUDGET = 1 / 60


def let_pass(quality: FrameQuality, start: float, seconds: float, work: float) -> float:
    for number in range(round(seconds * 60)):
        quality.frame(start + number / 60, work, BUDGET)
    return start + seconds


def test_slow_frames_take_detail_and_fast_ones_give_it_back() -> None:
    quality = FrameQuality()
    now = let_pass(quality, 0.0, 0.5, 0.016)
    assert quality.name == "full"
    now = let_pass(quality, now, 1.0, 0.016)
    assert quality.name == "balanced"
    now = let_pass(quality, now, 10.0, 0.016)
    assert quality.name == "fast"
    now = let_pass(quality, now, 5.0, 0.003)
    assert quality.name == "fast"
    let_pass(quality, now, 20.0, 0.003)
    assert quality.name == "full"


def test_one_slow_frame_changes_nothing() -> None:
    quality = FrameQuality()
    now = let_pass(quality, 0.0, 5.0, 0.006)
    quality.frame(now, 0.4, BUDGET)
    let_pass(quality, now, 5.0, 0.006)
    assert quality.name == "full"


def test_frames_whose_slowest_would_be_late_are_drawn_more_quickly() -> None:
    # Beside them an own server and its bots compute: of 60 frames a second not all the time is theirs.
    quality = FrameQuality()
    let_pass(quality, 0.0, 5.0, 0.0085)
    assert quality.name == "fast"


@pytest.mark.parametrize("name", [name for name in QUALITY_NAMES if name != "auto"])
def test_what_is_fixed_holds(name: str) -> None:
    quality = FrameQuality(name)
    let_pass(quality, 0.0, 10.0, 0.05)
    assert quality.name == name
    assert quality.now is QUALITIES[name]


def test_the_names_are_those_of_the_settings() -> None:
    assert tuple(QUALITIES) == QUALITY_NAMES
