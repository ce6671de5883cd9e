"""The eye moves by time."""

from __future__ import annotations

import pytest

from game.match.shown import ShownCircle
from game.presentation.camera import Camera, View, half_height_for


def shown(entity_id: int, x: float, y: float, mass: int) -> ShownCircle:
    track = ShownCircle(entity_id, 1, x, y, mass)
    track.shown_radius = track.radius
    return track


def run(camera: Camera, tracks: list[ShownCircle], *, seconds: float, frames_per_second: int) -> None:
    for _ in range(round(seconds * frames_per_second)):
        camera.advance(tracks, 1 / frames_per_second)


def test_looks_at_the_mass_weighted_centre() -> None:
    camera = Camera(500.0, 500.0)
    run(camera, [shown(1, 100.0, 200.0, 300), shown(2, 200.0, 200.0, 100)], seconds=5, frames_per_second=60)
    assert (camera.x, camera.y) == pytest.approx((125.0, 200.0), abs=0.01)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.0])
def test_eases_the_same_at_30_and_at_144_frames_a_second(seconds: float) -> None:
    tracks = [shown(1, 300.0, 700.0, 900)]
    slow, fast = Camera(500.0, 500.0), Camera(500.0, 500.0)
    run(slow, tracks, seconds=seconds, frames_per_second=30)
    elapsed = round(seconds * 30) / 30
    for _ in range(144):
        fast.advance(tracks, elapsed / 144)
    assert (slow.x, slow.y, slow.half_height) == pytest.approx((fast.x, fast.y, fast.half_height), rel=1e-6)


def test_follows_movement_without_lag() -> None:
    camera = Camera(0.0, 0.0)
    track = shown(1, 0.0, 0.0, 100)
    run(camera, [track], seconds=3, frames_per_second=60)
    for _ in range(60):
        track.shown_x += 3.0
        camera.advance([track], 1 / 60)
        assert camera.x == pytest.approx(track.shown_x, abs=1e-6)


def test_a_lost_circle_does_not_make_the_view_jump() -> None:
    camera = Camera(0.0, 0.0)
    left, right = shown(1, 0.0, 0.0, 100), shown(2, 60.0, 0.0, 100)
    run(camera, [left, right], seconds=5, frames_per_second=60)
    before = camera.x
    camera.advance([left], 1 / 60)
    assert abs(camera.x - before) < 3.0
    run(camera, [left], seconds=3, frames_per_second=60)
    assert camera.x == pytest.approx(0.0, abs=0.01)


def test_after_a_cut_it_is_there_at_once_and_eases_again() -> None:
    camera = Camera(500.0, 500.0, half_height=130.0)
    camera.cut()
    camera.advance([], 1 / 60)
    camera.advance([shown(1, 100.0, 200.0, 100)], 1 / 60)
    assert (camera.x, camera.y, camera.half_height) == (100.0, 200.0, half_height_for(100, 1))
    camera.advance([shown(1, 100.0, 200.0, 400), shown(2, 180.0, 200.0, 400)], 1 / 60)
    assert 100.0 < camera.x < 110.0
    assert half_height_for(100, 1) < camera.half_height < half_height_for(800, 2) - 10.0


def test_sees_more_with_mass_and_with_more_circles() -> None:
    assert half_height_for(15, 1) < half_height_for(300, 1) < half_height_for(3000, 1)
    assert half_height_for(300, 1) < half_height_for(300, 2) < half_height_for(300, 16)


def test_with_nothing_to_watch_it_stays() -> None:
    camera = Camera(12.0, 34.0, half_height=50.0)
    camera.advance([], 1.0)
    assert (camera.x, camera.y, camera.half_height) == (12.0, 34.0, 50.0)


def test_the_worlds_y_grows_upwards() -> None:
    view = View(100.0, 100.0, 2.0, 800, 600)
    assert view.to_screen(100.0, 100.0) == (400.0, 300.0)
    assert view.to_screen(110.0, 120.0) == (420.0, 260.0)
    assert view.to_world(420.0, 260.0) == pytest.approx((110.0, 120.0))
    assert view.bounds() == pytest.approx((-100.0, 300.0, -50.0, 250.0))


@pytest.mark.parametrize("window", [(800, 450), (1280, 720), (1920, 1080), (3440, 1440), (600, 900)])
def test_no_window_sees_further_than_another(window: tuple[int, int]) -> None:
    camera = Camera(0.0, 0.0, half_height=90.0)
    left, right, bottom, top = camera.view(*window).bounds()
    assert (right - left) <= 2 * 90.0 * 16 / 9 + 1e-6
    assert (top - bottom) <= 2 * 90.0 + 1e-6


def test_the_wheel_sees_more_and_less_within_bounds() -> None:
    camera, circle = Camera(0.0, 0.0), shown(1, 0.0, 0.0, 100)
    run(camera, [circle], seconds=6, frames_per_second=30)
    usual = camera.half_height
    seen = []
    for steps in (-50, 50):
        camera.zoom_by(steps)
        run(camera, [circle], seconds=6, frames_per_second=30)
        seen.append(camera.half_height / usual)
    assert seen == pytest.approx([1.35, 0.7], abs=0.01)
