"""How each page with buttons is laid out, made by the game's own scenes and views without a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.scene import Scene
from game.client.scenes.controls import ControlsScene
from game.client.scenes.error import ErrorScene
from game.client.scenes.host import HostScene
from game.client.scenes.join import JoinScene
from game.client.scenes.pause import PauseScene
from game.client.scenes.players import PlayersScene
from game.client.scenes.replays import ReplaysScene
from game.client.scenes.settings import SettingsScene
from game.client.scenes.title import TitleScene
from game.client.scenes.world_setup import WorldSetupScene
from game.client.ui.form import Form
from game.client.ui.widgets import Toggle
from game.client.views.death import DeathView
from game.launcher.hosting.addresses import addresses_to_join
from game.match.launcher_ports import OpenWorld, Recording, Removed, invitation
from game.match.replays.history import History
from game.match.session import Session
from game.match.settings import PlaySettings, Preferences
from game.presentation.error_texts import Explanation
from game.presentation.goals import goal_line
from game.presentation.rule_lines import rule_lines
from spacetimedb_sdk.types import Identity
from tests.game.client.driver import LocalLauncher
from tests.game.client.gallery import RULES
from tests.game.client.screens import WINDOW
from tests.game.world_rows import WorldRows
from tests.plugins.waiting import until

__all__ = ["Pages"]


class _HasForm(Protocol):
    form: Form


def _nothing(*given: object) -> None:
    pass


def _never(*given: object) -> Scene:
    raise AssertionError("a page that is only measured opens no scene")


class _Owner:
    """A host who has removed so many."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def remove(self, identity: Identity, name: str, minutes: int | None = None) -> None:
        raise AssertionError("a page that is only measured removes nobody")

    def let_in(self, identity: Identity) -> None:
        raise AssertionError("a page that is only measured lets nobody in")

    def removed(self) -> Sequence[Removed]:
        away = Identity.from_string("9" * 64)
        return [Removed(identity=away, name=name, seconds_left=None) for name in self._names]


class Pages:
    """The forms by name: each stays, with its focus and how far it is scrolled, until `fresh` asks for a new one.

    `recordings` are the matches that are kept.
    """

    def __init__(self, rules: str, recordings: Callable[[], Sequence[Recording]]) -> None:
        self._rules = rules
        self._recordings = recordings
        self._forms: dict[str, Form] = {}

    @property
    def recording(self) -> str:
        """What is written on the button of the newest match: when it ended."""
        scene = ReplaysScene(self._context(), self._launcher())
        return next(iter(scene._buttons)).label

    def form(self, name: str, *, fresh: bool = False) -> Form:
        """The form of that page."""
        if fresh or name not in self._forms:
            self._forms[name] = self._make(name)
        return self._forms[name]

    def _make(self, name: str) -> Form:
        context, launcher = self._context(), self._launcher()
        pages: dict[str, Callable[[], _HasForm]] = {
            "title": lambda: TitleScene(context, launcher),
            "settings": lambda: SettingsScene(context),
            "settings-again": lambda: SettingsScene(context, is_overlay=True),
            "keys": lambda: ControlsScene(context),
            "replays": lambda: ReplaysScene(self._context(), LocalLauncher("")),
            "replays-kept": lambda: _after_a_run(ReplaysScene, launcher),
            "replays-deleted": lambda: _after_a_run(ReplaysScene, LocalLauncher("")),
            "replays-asking": lambda: self._asking(),
            "join": lambda: JoinScene(context, launcher),
            "error": lambda: ErrorScene(context, Explanation("", "", ""), again=partial(_never)),
            "setup": lambda: WorldSetupScene(
                context, "A world of your own", "Play", _nothing, rule_sets=launcher.rule_sets
            ),
            "setup-of-a-host": lambda: WorldSetupScene(
                self._context(name="x"),
                "Host a world",
                "Open the world",
                _nothing,
                rule_sets=launcher.rule_sets,
                more=(Toggle("Announce on the network", True, _nothing),),
            ),
            "host": lambda: HostScene(context, self._hosted()),
            "pause": lambda: PauseScene(context, leave=_nothing, is_held=True, rules=self._rule_lines),
            "pause-of-a-host": lambda: PauseScene(
                context,
                leave=_nothing,
                lines=lambda: invitation(self._hosted()),
                rules=self._rule_lines,
                players=_nothing,
            ),
            "death": lambda: _death(context),
            "players": lambda: _players(context),
            "players-asking": lambda: _asked(_players(context)),
            "players-removed": lambda: _players(context, removed=True),
        }
        return pages[name]().form

    def _context(self, name: str | None = None) -> AppContext:
        context = AppContext(window=WINDOW)
        context.preferences = Preferences(motion=False, name=name)
        return context

    def _launcher(self) -> LocalLauncher:
        launcher = LocalLauncher("127.0.0.1:1")
        launcher.kept = list(self._recordings())
        return launcher

    def _rule_lines(self) -> tuple[str, ...]:
        return goal_line(()), *rule_lines(RULES if self._rules == "arcade" else None)

    def _hosted(self) -> OpenWorld:
        settings = PlaySettings(server="127.0.0.1:1", on_token=_nothing)
        return OpenWorld(settings=settings, title="a world", addresses=addresses_to_join("0.0.0.0:3000"))

    def _asking(self) -> ReplaysScene:
        scene = _after_a_run(ReplaysScene, self._launcher())
        scene._ask(self._recordings()[0])
        return scene


def _after_a_run(scene: type[ReplaysScene], launcher: LocalLauncher) -> ReplaysScene:
    context = AppContext(window=WINDOW)
    history = History(keep=30.0)
    rows = WorldRows(Session(PlaySettings(server="127.0.0.1:1", on_token=_nothing)).world)
    history.listen(rows.world.db)
    for second in range(2):
        history.begin(float(second))
        rows.begin(float(second))
        rows.settle()
    context.last_death = history.clip(0.0, 1.0)
    return scene(context, launcher)


def _death(context: AppContext) -> DeathView:
    session = Session(PlaySettings(server="127.0.0.1:1", on_token=_nothing))
    return DeathView(context, ArenaStage(session, window=WINDOW), leave=_nothing)


def _players(context: AppContext, *, removed: bool = False) -> PlayersScene:
    rows = WorldRows(Session(PlaySettings(server="127.0.0.1:1", on_token=_nothing)).world)
    rows.player(1, "Grace", own=True)
    if not removed:
        rows.player(2, "Ada")
    rows.settle()
    scene = PlayersScene(context, rows.world, _Owner(*(["Ada"] if removed else [])))
    if removed:
        until(lambda: scene.update(0.1, 0.1) or bool(scene._removed))
        scene.update(0.2, 0.1)
    return scene


def _asked(scene: PlayersScene) -> PlayersScene:
    scene.form.widget("Ada").press()
    scene.update(0.1, 0.1)
    return scene
