"""Every screen of the game, each with the most that it can say, in a window of any size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType

import pygame

from game.client.app import App
from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.net_sliders import NetSliders
from game.client.render.net_hud import draw_net_hud
from game.client.scene import Scene
from game.client.scenes.controls import ControlsScene
from game.client.scenes.error import ErrorScene
from game.client.scenes.host import HostScene
from game.client.scenes.join import JoinScene
from game.client.scenes.opening import OpeningScene
from game.client.scenes.pause import PauseScene
from game.client.scenes.players import PlayersScene
from game.client.scenes.replay import ReplayScene
from game.client.scenes.replays import ReplaysScene
from game.client.scenes.settings import SettingsScene
from game.client.scenes.title import TitleScene
from game.client.scenes.world_setup import WorldSetupScene
from game.client.views.arena import ArenaView
from game.client.views.death import DeathView
from game.client.views.loss import LossView
from game.client.views.name_entry import NameEntryView
from game.client.views.waiting import WaitingView
from game.client.views.watching import WatchingView
from game.match.launcher_ports import Recording, Removed, invitation
from game.match.life import Death
from game.match.replays.history import Clip, History
from game.match.session import Session, SessionState
from game.match.settings import Action, PlaySettings, Preferences, RecentServer
from game.presentation.error_texts import explain
from game.presentation.net_dials import net_dials
from game.presentation.net_meter import NetMeter
from game.presentation.news import Toast
from game.presentation.rule_lines import rule_lines
from game.presentation.words.hints import HINT_SECONDS
from module_bindings import WorldRules
from spacetimedb_sdk import (
    AuthenticationError,
    ClientStats,
    ConnectCause,
    ConnectError,
    ConnectionLost,
    DatabaseNotFoundError,
    ProtocolError,
    SubscriptionError,
)
from spacetimedb_sdk.testing import Conditions
from spacetimedb_sdk.types import Identity
from tests.game.client.driver import LocalLauncher, key_down
from tests.game.world_rows import WorldRows
from tests.plugins.waiting import until

__all__ = ["GALLERY", "PLAYERS", "RULES", "SERVER", "SIZES", "PlayedStage"]

SIZES = ((640, 360), (1280, 720))
# What players and machines are called here: no word of any language.
PLAYERS = ("Qzx", "Xqz", "Zqx", "Qxz", "Zxq")
SERVER = "10.1.2.3:3000"

RULES = WorldRules(
    id=0, name="arcade", start_mass=15, split_from=60, most_circles=16, recombine=7.0, protection=3.0, eject_from=35,
    eject_cost=15, pellet_mass=12,
)  # fmt: skip

Draw = Callable[[pygame.Surface], None]


def nothing() -> None:
    pass


def never(*given: object) -> Scene:
    raise AssertionError("a picture opens no scene")


class PlayedStage:
    """A context, and a stage whose world a player has been in for a while."""

    def __init__(self, window: tuple[int, int], state: SessionState = SessionState.PLAYING) -> None:
        self.launcher = LocalLauncher(SERVER)
        self.context = AppContext(window=window)
        self.context.preferences = Preferences(
            name=PLAYERS[0],
            motion=False,
            servers=(RecentServer(SERVER, PLAYERS[3]),),
            keys={**Preferences().keys, Action.PAUSE: ("escape", "left shift")},
        )
        session = Session(PlaySettings(server=SERVER, on_token=lambda token: None))
        session.state = state
        self.stage = ArenaStage(session, window=window)
        self.stage.preferences = self.context.preferences
        self.rows = WorldRows(session.world)
        for player_id, name in enumerate(PLAYERS, 1):
            self.rows.player(player_id, name, own=player_id == 1)
            self.rows.circle(player_id, 100.0 * player_id, 500, 900 - 30 * player_id)
        self.rows.player(6, "")
        self.rows.circle(6, 700, 700, 400)
        self.rows.settle()
        self.advance()

    def advance(self) -> None:
        for frame in range(4):
            self.stage.update(frame / 2, 0.1, self.stage.session.world.own.values())

    def scene(self, scene: Scene) -> Draw:
        self.context.stack.push(scene)
        scene.update(0.1, 0.1)
        return scene.draw


def _menus(window: tuple[int, int]) -> Iterator[tuple[str, Draw]]:
    d = PlayedStage(window)
    yield "title", d.scene(TitleScene(d.context, d.launcher))
    for title, go in (("A world of your own", "Play"), ("Host a world", "Open the world")):
        setup = WorldSetupScene(d.context, title, go, lambda *chosen: None, rule_sets=("arcade", "official"))
        yield f"setup: {go}", d.scene(setup)
    yield "join", d.scene(JoinScene(d.context, d.launcher))
    yield "host", d.scene(HostScene(d.context, d.launcher.hosted("Ada")))
    yield "host: nobody", d.scene(HostScene(d.context, d.launcher.alone("Ada")))
    d.context.preferences = Preferences(name=None, motion=False)
    settings = SettingsScene(d.context)
    yield "settings", d.scene(settings)
    low = SettingsScene(d.context)
    draw = d.scene(low)
    low.form.focus(low.form.widget("Back"), window)
    yield "settings, the end", draw
    controls = ControlsScene(d.context)
    yield "controls", d.scene(controls)
    controls = ControlsScene(d.context)
    draw = d.scene(controls)
    controls.form.focus(controls.form.widget("Split"), window)
    controls.form.widget("Split").press()
    yield "controls, waiting", draw
    for words in (
        "Starting a world...",
        "Opening a world for others...",
        "Looking for the world...",
        "Opening the match...",
    ):
        yield (
            f"opening: {words}",
            OpeningScene(d.context, words, partial(d.launcher.alone, "Ada"), never).draw,
        )
    yield "replays: none", d.scene(ReplaysScene(d.context, d.launcher))
    d.context.last_death = clip(d)
    d.launcher.kept = [
        Recording(name="a", at=1.7e9, length=75.0, score=1484, open=lambda: clip(d), delete=nothing)
    ]
    yield "replays", d.scene(ReplaysScene(d.context, d.launcher))
    world = d.launcher.hosted("Ada")
    pause = PauseScene(
        d.context, leave=nothing, lines=lambda: invitation(world), rules=lambda: rule_lines(RULES)
    )
    yield "pause", d.scene(pause)
    players = PlayersScene(d.context, d.stage.session.world, Owner())
    draw = d.scene(players)
    until(lambda: players.update(0.2, 0.1) or len(players._removed) == 2)
    players.update(0.3, 0.1)
    yield "players", draw
    asking = PlayersScene(d.context, d.stage.session.world, Owner())
    draw = d.scene(asking)
    asking.form.widget(PLAYERS[1]).press()
    asking.update(0.2, 0.1)
    yield "players, asking", draw
    low_pause = PauseScene(
        d.context, leave=nothing, lines=lambda: invitation(world), rules=lambda: rule_lines(RULES)
    )
    draw = d.scene(low_pause)
    low_pause.form.focus(low_pause.form.widget("Quit the game"), window)
    yield "pause, the end", draw


class Owner:
    """Whoever hosts, with two players who may not come in."""

    def remove(self, identity: Identity, name: str, minutes: int | None = None) -> None:
        raise AssertionError("a picture removes no player")

    def let_in(self, identity: Identity) -> None:
        raise AssertionError("a picture lets no player in")

    def removed(self) -> tuple[Removed, ...]:
        away = Identity.from_string("9" * 64)
        return Removed(identity=away, name="", seconds_left=580.0), Removed(
            identity=away, name=PLAYERS[4], seconds_left=None
        )


def clip(played: PlayedStage) -> Clip:
    """A second of a match."""
    history = History(keep=30.0)
    history.listen(played.stage.session.world.db)
    for second in range(3):
        history.begin(float(second))
        played.rows.begin(float(second))
        played.rows.circle(2, 300, 300 + second, 50)
        played.rows.settle()
    return history.clip(0.0, 2.0)


def _errors(window: tuple[int, int]) -> Iterator[tuple[str, Draw]]:
    errors: list[Exception] = [
        DatabaseNotFoundError(SERVER, "404"),
        AuthenticationError(SERVER, "404"),
        SubscriptionError((), "404"),
        ProtocolError(""),
        ConnectionLost(""),
        *(ConnectError(SERVER, "404", cause=cause) for cause in ConnectCause),
    ]
    played = PlayedStage(window)
    for error in errors:
        told = explain(error, server=SERVER, database=PLAYERS[0])
        name = f"error: {type(error).__name__} {getattr(error, 'cause', '')}"
        yield name, played.scene(ErrorScene(played.context, told, again=never))


def _arena(window: tuple[int, int]) -> Iterator[tuple[str, Draw]]:
    played = PlayedStage(window)
    played.rows.rules(RULES)
    played.rows.settle()
    for second in range(6):
        view = ArenaView(played.context, played.stage)
        view.update(2.0, 0.1)
        view._played = second * HINT_SECONDS + 1.0
        yield f"hint {second}", view.draw
    yield "silence", silent(played)
    light = PlayedStage(window)
    light.rows.rules(RULES)
    for entity_id in light.rows.circles:
        light.rows.move(entity_id, 500, 500, mass=20)
    light.rows.settle()
    light.context.preferences = Preferences(motion=False, muted=True, seen_hints=True)
    light.stage.preferences = light.context.preferences
    light.stage.input.feed(key_down(pygame.K_q), window)
    light.advance()
    yield "the most of a status", ArenaView(light.context, light.stage).draw
    yield "ending a run", lambda screen: played.stage.hud.draw_ending(screen, 0.5)
    yield "news", news(played)
    yield "network numbers", network(played)
    for death in deaths():
        played = PlayedStage(window, SessionState.DEAD)
        played.stage.session.world.account.death = death
        over = DeathView(played.context, played.stage, leave=nothing)
        over.enter()
        over.update(1.0, 0.1)
        over.update(3.0, 0.1)
        yield f"death: {death.eater} {death.eaten}", over.draw
    played = PlayedStage(window, SessionState.RECONNECTING)
    for lost_at in (1.0, -90.0):
        played.stage.session.lost_at = lost_at
        loss = LossView(played.context, played.stage, leave=nothing, server=SERVER)
        played.stage.now = 2.0
        yield f"loss {lost_at}", loss.draw
    for state in (SessionState.CONNECTING, SessionState.ENTERING):
        played = PlayedStage(window, state)
        waiting = WaitingView(played.context, played.stage)
        waiting.update(0.0, 0.1)
        waiting.update(2.0, 0.1)
        yield f"waiting: {state.name}", waiting.draw
    played = PlayedStage(window, SessionState.NAMING)
    played.context.preferences = Preferences(motion=False)
    naming = NameEntryView(played.context, played.stage, leave=nothing)
    yield "a name", naming.draw
    played = PlayedStage(window, SessionState.WATCHING)
    watching = WatchingView(played.context, played.stage)
    watching.update(2.0, 0.1)
    yield "watching", watching.draw
    nobody = PlayedStage(window, SessionState.WATCHING)
    nobody.stage.session.world.circles.clear()
    yield "watching nobody", WatchingView(nobody.context, nobody.stage).draw
    yield from _replays(window)
    played = PlayedStage(window)
    played.scene(TitleScene(played.context, played.launcher))
    app = App(played.context)
    app.update(1.0, 1.0)
    app.update(1.1, 4000.0)
    yield "a morning", app.draw


def _replays(window: tuple[int, int]) -> Iterator[tuple[str, Draw]]:
    def replay() -> ReplayScene:
        played = PlayedStage(window)
        scene = ReplayScene(played.context, clip(played), title=PLAYERS[0])
        played.context.stack.push(scene)
        scene.update(0.1, 0.1)
        return scene

    yield "replay", replay().draw
    scene = replay()
    scene.playback.is_paused = True
    yield "replay, paused", scene.draw
    scene = replay()
    scene.playback.seek(scene.playback.length)
    yield "replay, over", scene.draw


def silent(played: PlayedStage) -> Draw:
    def draw(screen: pygame.Surface) -> None:
        played.context.is_focused = False
        view = ArenaView(played.context, played.stage)
        view.draw(screen)

    return draw


def news(played: PlayedStage) -> Draw:
    def draw(screen: pygame.Surface) -> None:
        played.stage.news.toasts = news_of(played)
        played.stage.now = 0.5
        played.stage.draw_around(screen)

    return draw


def news_of(played: PlayedStage) -> tuple[Toast, ...]:
    """As the game itself tells them."""
    told = played.stage.news
    told._known = set()
    told.leader = 2
    return (*told._arrivals(0.0) * 4, *told._coronation(0.0))


def network(played: PlayedStage) -> Draw:
    def draw(screen: pygame.Surface) -> None:
        meter = NetMeter()
        for second in range(3):
            meter.frame(float(second), work=0.01, stats=ClientStats(), lateness=0.01)
        draw_net_hud(screen, played.stage.texts, meter.lines)
        NetSliders(net_dials(Conditions())).draw(screen, played.stage.texts, len(meter.lines))

    return draw


def deaths() -> tuple[Death, ...]:
    def death(eater: int | None, *eaten: int) -> Death:
        return Death(
            at=1.0, eater=eater, eater_entity=None, peak_mass=1484, food_eaten=1200, meals=12, lived=754.0,
            best_rank=1, rank=10, eater_mass=None if eater is None else 2900, eaten=eaten,
        )  # fmt: skip

    return death(None), death(2, 3), death(6, 3, 4), death(2, 3, 4, 5, 6), death(2, 3, 4, 5, 6, 2)


GALLERY: Mapping[str, Callable[[tuple[int, int]], Iterator[tuple[str, Draw]]]] = MappingProxyType(
    {"menus": _menus, "errors": _errors, "arena": _arena}
)
