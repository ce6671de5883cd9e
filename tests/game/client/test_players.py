"""Who hosts sees who plays, from the pause menu, and can remove one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from game.client.scenes.pause import PauseScene
from game.client.scenes.players import PlayersScene
from game.client.scenes.playing import PlayingScene
from game.client.ui.widgets import Button
from game.launcher.hosting.owner import WorldOwner
from game.match.launcher_ports import OpenWorld, OwnerPort
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from game.rules import module
from spacetimedb_sdk import ConnectError
from spacetimedb_sdk.standalone import Server
from tests.game.client.driver import Driver
from tests.plugins.waiting import until


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(module, database="blackholio", seed=9) as server:
        yield server


@pytest.fixture
def owner(server: Server, tmp_path: Path) -> WorldOwner:
    token_file = tmp_path / "blackholio.owner-token"
    token_file.write_text(server.owner_token)
    return WorldOwner(server.host, "blackholio", token_file)


def guest(server: Server, name: str) -> Session:
    session = Session(PlaySettings(server=server.host, name=name, on_token=lambda token: None))
    session.open()
    until(lambda: session.state is SessionState.PLAYING, session)
    return session


def hosting(driver: Driver, server: Server, owner: OwnerPort | None) -> None:
    settings = PlaySettings(server=server.host, name="Host", on_token=lambda token: None)
    driver.context.stack.push(
        PlayingScene(driver.context, OpenWorld(settings=settings, title="mine", owner=owner))
    )
    driver.until_state(SessionState.PLAYING)
    driver.press(pygame.K_ESCAPE)
    driver.until_top(PauseScene)


def labels(driver: Driver) -> list[str]:
    return [each.label for each, _ in driver.form.places(driver.context.window) if isinstance(each, Button)]


def test_who_hosts_removes_a_player_and_lets_them_in_again(
    driver: Driver, server: Server, owner: WorldOwner
) -> None:
    twins = [guest(server, "Bo"), guest(server, "Bo")]
    first, second = twins
    hosting(driver, server, owner)
    driver.click("Players")
    driver.until(lambda: len(labels(driver)) == 3)
    assert labels(driver) == [f"Bo #{first.player_id}", f"Bo #{second.player_id}", "Back"]
    driver.click(f"Bo #{second.player_id}")
    driver.frame()
    # Nothing has happened yet, and going back undoes the question alone.
    assert labels(driver) == ["For ten minutes", "Until the world closes", "No"]
    # A Return too many removes nobody.
    assert driver.form.focused.label == "No"
    driver.press(pygame.K_ESCAPE)
    driver.frame()
    assert isinstance(driver.top, PlayersScene)
    driver.click(f"Bo #{second.player_id}")
    driver.frame()
    driver.click("Until the world closes")
    with pytest.raises(ConnectError, match="the host has removed you from this world"):
        until(lambda: False, second, what="the end of a player")
    driver.until(lambda: labels(driver) == ["Bo", "1. Bo", "Back"])
    assert driver.was_told("Bo was removed")
    assert first.state is SessionState.PLAYING
    driver.click("1. Bo")
    driver.until(lambda: labels(driver) == ["Bo", "Back"])
    assert owner.removed() == ()
    for each in twins:
        each.close()
    driver.until(lambda: labels(driver) == ["Back"])


def test_a_question_about_who_has_left_is_withdrawn(
    driver: Driver, server: Server, owner: WorldOwner
) -> None:
    bo = guest(server, "Bo")
    hosting(driver, server, owner)
    driver.click("Players")
    driver.until(lambda: "Bo" in labels(driver))
    driver.click("Bo")
    driver.frame()
    bo.close()
    driver.until(lambda: labels(driver) == ["Back"])
    assert owner.removed() == ()


def test_who_does_not_host_has_no_such_page(driver: Driver, server: Server) -> None:
    hosting(driver, server, None)
    assert "Players" not in labels(driver)


def test_what_the_server_refuses_is_said(
    driver: Driver, server: Server, owner: WorldOwner, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger"
    stranger.write_text("no-token")
    hosting(driver, server, WorldOwner(server.host, "blackholio", stranger))
    driver.click("Players")
    driver.until(lambda: driver.was_told("refused the token"))
