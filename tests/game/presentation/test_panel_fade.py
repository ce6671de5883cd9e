"""Panels fade while a circle is below them, and come back."""

from __future__ import annotations

import pytest

from game.presentation.panel_fade import Disc, PanelFade, Places, is_over

PLACE = 100.0, 100.0, 50.0, 20.0


@pytest.mark.parametrize(
    ("disc", "covers"),
    [
        ((125.0, 110.0, 6.0), True),
        ((90.0, 110.0, 11.0), True),
        ((90.0, 110.0, 9.0), False),
        ((95.0, 95.0, 6.0), False),
        ((95.0, 95.0, 8.0), True),
        ((160.0, 125.0, 12.0), True),
        # A dot hides nothing that matters.
        ((125.0, 110.0, 3.0), False),
    ],
)
def test_a_disc_below_a_panel(disc: Disc, covers: bool) -> None:
    assert is_over(PLACE, [disc]) is covers


@pytest.mark.parametrize("frames_per_second", [30, 144])
def test_a_panel_fades_in_time_and_comes_back(frames_per_second: int) -> None:
    fade = PanelFade()
    discs: list[Disc] = [(125.0, 110.0, 20.0)]

    def look() -> tuple[Places, list[Disc]]:
        return {"board": PLACE, "minimap": (500.0, 500.0, 50.0, 50.0)}, discs

    for _ in range(frames_per_second // 2):
        fade.update(1 / frames_per_second, look)
    assert fade.share("board") == 1.0
    assert fade.share("minimap") == fade.share("no such panel") == 0.0
    discs.clear()
    for _ in range(frames_per_second // 4):
        fade.update(1 / frames_per_second, look)
    assert 0.0 < fade.share("board") < 1.0
    for _ in range(frames_per_second // 2):
        fade.update(1 / frames_per_second, look)
    assert fade.share("board") == 0.0
