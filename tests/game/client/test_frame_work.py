"""The loop's frames: what is counted as work, what is left alone meanwhile, and what waits for a quieter frame."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from types import SimpleNamespace

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client import app as app_module
from game.client.app import App, _loop
from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.render.arena import ArenaRenderer
from game.client.render.labels import Labels
from game.client.render.sprites import SpriteCache
from game.client.scene import Scene
from game.client.ui.text import TextCache
from game.match.report import PlayReport
from game.match.world import World
from game.presentation.camera import View
from tests.game.world_rows import WorldRows

FRAMES = 4
# Seconds that showing a picture takes here.
SHOWING = 1000.0


class Noting(Scene):
    """A scene of a few frames, which calls `note` before each."""

    def __init__(self, context: AppContext, note: Callable[[], object]) -> None:
        self.context, self.note, self.frames = context, note, 0

    def handle(self, event: pygame.event.Event) -> None:
        pass

    def update(self, now: float, elapsed: float) -> None:
        self.note()
        self.frames += 1
        if self.frames > FRAMES:
            self.context.stack.clear()

    def draw(self, screen: pygame.Surface) -> None:
        pass


def play(context: AppContext, note: Callable[[], object]) -> PlayReport:
    reports: list[PlayReport] = []
    _loop(App(context), Noting(context, note), None, reports.append)
    return reports[0]


@pytest.mark.parametrize("vsync", [False, True])
def test_waiting_for_the_screen_is_no_work(
    context: AppContext, monkeypatch: pytest.MonkeyPatch, vsync: bool
) -> None:
    """Auto would draw the arena more coarsely the longer the picture waits, and gain nothing by it."""
    shown = 0

    def flip() -> None:
        nonlocal shown
        shown += 1

    def clock() -> float:
        return time.perf_counter() + SHOWING * shown

    monkeypatch.setattr(pygame.display, "flip", flip)
    monkeypatch.setattr(
        app_module,
        "time",
        SimpleNamespace(
            perf_counter=clock, thread_time=time.thread_time, time=time.time, sleep=lambda seconds: None
        ),
    )
    context.change(vsync=vsync)
    works: list[float] = []
    report = play(context, lambda: works.append(context.frame_work))
    assert shown == FRAMES
    assert [work >= SHOWING for work in works[1:]] == [not vsync] * FRAMES
    # The report tells what a frame took, whatever it waited for, and what the processor had to do.
    assert report.frame_ms_p50 > 200.0
    assert 0.0 < report.frame_cpu_ms_p50 < 200.0


def test_what_is_loaded_is_not_searched_for_garbage_while_frames_are_drawn(context: AppContext) -> None:
    frozen: list[int] = []
    gc.unfreeze()  # what the run of the tests has frozen is not what a game does
    play(context, lambda: frozen.append(gc.get_freeze_count()))
    assert min(frozen) > 10_000
    assert gc.get_freeze_count() == 0


def test_names_and_masses_that_all_change_are_written_over_several_frames(screen: pygame.Surface) -> None:
    screen = pygame.display.set_mode((1280, 720))
    rows = WorldRows(World())
    circles = [rows.circle(number, 420 + number % 6 * 30, 440 + number // 6 * 30, 90) for number in range(30)]
    rows.settle()
    for step in range(60):
        rows.world.advance(step / 20)
    texts = TextCache()
    labels = Labels(texts)
    view = View(500, 500, 3.0, 1280, 720)

    def draw() -> int:
        """A frame; how many circles are written as they are."""
        rows.settle()
        labels.draw(screen, list(rows.world.circles.values()), rows.world, view)
        return sum(
            kept[0][0] == rows.world.circles[entity_id].mass  # type: ignore[index]
            for entity_id, kept in labels._kept.items()
        )

    assert draw() == len(circles)
    rows.begin(4.0)
    for number, circle in enumerate(circles):
        rows.move(circle, 420 + number % 6 * 30, 440 + number // 6 * 30, mass=91 + number)
    # The frame that rows come in leaves the texts to the next ones.
    counts = [draw()]
    assert counts == [0]
    while counts[-1] < len(circles):
        counts.append(draw())
        assert counts[-1] > counts[-2]
    assert len(counts) > 3


def test_the_leaderboard_waits_for_a_frame_without_news(stage: ArenaStage, rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    me = rows.circle(1, 500, 500, 20)
    rows.settle()
    world = stage.session.world
    changes: set[bool] = set()
    for number in range(120):
        is_quiet, shown = number % 4 == 0, stage.rows
        if not is_quiet:
            rows.begin(number / 60)
            rows.move(me, 500 + number % 7, 500, mass=20 + number)
        world.settle()
        stage.update(number / 60, 1 / 60, world.own.values())
        if stage.rows != shown:
            changes.add(is_quiet)
    assert changes == {True}
    assert stage.rows[0].mass > 100


def test_pictures_of_new_sizes_wait_for_a_frame_without_rows_but_not_for_long(mocker: MockerFixture) -> None:
    screen = pygame.display.set_mode((1280, 720))
    rows = WorldRows(World())
    begun = mocker.spy(SpriteCache, "begin_frame")
    arena = ArenaRenderer(TextCache())
    for comes in (True, False, False, True, True, True, False):
        if comes:
            rows.circle(1, 500, 500, 60)
        rows.settle()
        arena.draw(screen, rows.world, View(500, 500, 6.0, 1280, 720))
    assert [call.kwargs["is_busy"] for call in begun.call_args_list] == [
        True,
        False,
        False,
        True,
        False,
        True,
        False,
    ]
