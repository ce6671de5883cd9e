"""A best run that is none: who has just appeared is not praised for it."""

from __future__ import annotations

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.views.death import DeathView
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings, Preferences
from game.presentation.news import BEST_FROM
from tests.game.world_rows import WorldRows

WINDOW = (1280, 720)


@pytest.fixture
def stage() -> ArenaStage:
    pygame.display.set_mode(WINDOW)
    return ArenaStage(Session(PlaySettings.without_server()), window=WINDOW)


def words_of_death(stage: ArenaStage, mocker: MockerFixture, *, mass: int, best: int) -> str:
    """What the card says of a life that ended by choice with so much mass."""
    context = AppContext(window=WINDOW)
    context.preferences = Preferences(best_mass=best)
    rows = WorldRows(stage.session.world)
    rows.player(1, "Grace", own=True)
    own = rows.circle(1, 500, 500, mass)
    rows.settle()
    rows.remove(own)
    rows.settle()
    stage.session.state = SessionState.DEAD
    view = DeathView(context, stage, leave=lambda: None)
    view.enter()
    view.update(1.0, 0.0)
    fitted = mocker.spy(stage.texts, "fit")
    view.draw(pygame.display.get_surface())
    return next(
        str(call.args[0]) for call in fitted.call_args_list if "You gave yourself" in str(call.args[0])
    )


@pytest.mark.parametrize(
    ("mass", "best", "word"),
    [
        (15, 0, ""),
        (BEST_FROM - 1, 20, ""),
        (BEST_FROM, 0, "   ·   your best run ever"),
        (300, 299, "   ·   your best run ever"),
        (15, 300, "   ·   285 short of your best"),
    ],
)
def test_the_death_card_praises_what_was_done(
    stage: ArenaStage, mocker: MockerFixture, mass: int, best: int, word: str
) -> None:
    assert words_of_death(stage, mocker, mass=mass, best=best) == f"You gave yourself back to space{word}"


@pytest.mark.parametrize(("best", "shown"), [(15, 0), (BEST_FROM - 1, 0), (BEST_FROM, BEST_FROM), (400, 400)])
def test_a_bar_shows_a_best_run_that_is_one(
    stage: ArenaStage, mocker: MockerFixture, best: int, shown: int
) -> None:
    status = mocker.spy(stage.hud, "draw_status")
    stage.news.best = best
    stage.draw_playing(pygame.display.get_surface())
    assert status.call_args.kwargs["best"] == shown
