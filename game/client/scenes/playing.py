"""Playing scene: a world that is played in. Its session, and the view that belongs to the state of the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pygame

from game.language import gettext
from game.match.intent import Intent
from game.match.launcher_ports import OpenWorld, invitation
from game.match.life import Death
from game.match.replays.history import Clip, History
from game.match.session import EnterRefusedError, Session, SessionState
from game.match.settings import Action, PlaySettings, Preferences
from game.presentation.error_texts import Explanation, explain
from game.presentation.frames.recurring import Recurring
from game.presentation.goals import goal_line, reached_goals
from game.presentation.net_dials import net_dials
from game.presentation.net_meter import NetMeter
from game.presentation.rule_lines import rule_lines
from game.presentation.sound_cues import Cue, Sound, SoundCues
from spacetimedb_sdk import AuthenticationError, ConnectError, SpacetimeDBException

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..net_sliders import NetSliders
from ..render.net_hud import draw_net_hud, net_hud_place
from ..scene import Scene
from ..views.arena import ArenaView
from ..views.death import DeathView
from ..views.loss import LossView
from ..views.name_entry import NameEntryView
from ..views.view import SessionView
from ..views.waiting import WaitingView
from ..views.watching import WatchingView
from .error import ErrorScene
from .pause import PauseScene
from .players import PlayersScene
from .replay import ReplayScene

if TYPE_CHECKING:
    from game.match.observation import Observation

__all__ = ["DEATH_SECONDS", "PlayingScene", "Steering"]

Steering = Callable[["Observation"], Intent]

# The fixed step of what moves by itself, and how many of them one frame makes up for.
_STEP = 1.0 / 60.0
_MOST_STEPS = 5
_LOOK_INTERVAL = 0.05
# The number of players of an announced world is brought up to date so often.
_COUNT_SECONDS = 2.0
# What a life has reached is looked at so often.
_GOAL_SECONDS = 0.5
_NAME_WITHOUT_WINDOW = "Player"
_LONGEST_WAY = 25.0
# How much of a life is shown again when it has ended, and how much of that comes after the end.
DEATH_SECONDS, _AFTER_DEATH = 20.0, 1.2
_KEPT_SECONDS = DEATH_SECONDS + 5.0
_NO_PAUSE = (SessionState.CONNECTING, SessionState.NAMING, SessionState.RECONNECTING)


class PlayingScene(Scene):
    """Owns the session, the stage and, through `world`, what was started for them.

    `steering`, where given, decides at most 20 times a second what a hand would. A headless game raises its errors; in
    a window they become a scene that says what to do.
    """

    is_in_arena = True

    def __init__(self, context: AppContext, world: OpenWorld, *, steering: Steering | None = None) -> None:
        self._context = context
        self._world = world
        self._settings = world.settings
        self._steering = steering
        self.distance = 0.0
        self.net_meter = NetMeter()
        conditioner = world.settings.conditioner
        self.net_sliders = None if conditioner is None else NetSliders(net_dials(conditioner))
        self._seen_at: tuple[float, float] | None = None
        self._accumulator = 0.0
        self._look_due = 0.0
        self._count_due = 0.0
        self._players_counted = 0
        self._feats_cheered = 0
        self._goal_times = Recurring(_GOAL_SECONDS)
        self._begin(world.settings)
        context.on_change.append(self._apply)

    def _begin(self, settings: PlaySettings) -> None:
        """A session, and views for it, from the start."""
        context = self._context
        self._settings = settings
        self.session = Session(settings)
        self._history = History(keep=_KEPT_SECONDS)
        self._death: Clip | None = None
        self._sound_cues = SoundCues(self.session.world)
        self.stage = stage = ArenaStage(self.session, window=context.window)
        self._apply(context.preferences)
        waiting = WaitingView(context, stage)
        loss = LossView(context, stage, leave=self.leave, server=settings.server)
        self._views: dict[SessionState, SessionView] = {
            SessionState.CONNECTING: waiting,
            SessionState.NAMING: NameEntryView(context, stage, leave=self.leave),
            SessionState.ENTERING: waiting,
            SessionState.PLAYING: ArenaView(context, stage),
            SessionState.DEAD: DeathView(
                context, stage, leave=self.leave, watch_how=self._watch_how, respawns=settings.headless
            ),
            SessionState.WATCHING: WatchingView(context, stage),
            SessionState.RECONNECTING: loss,
            SessionState.LOST: loss,
        }
        self._state = SessionState.CONNECTING
        self._opened = False
        waiting.enter()

    @property
    def view(self) -> SessionView:
        """What is shown in the present state."""
        return self._views[self._state]

    @property
    def takes_text(self) -> bool:
        return self.view.takes_text

    def enter(self) -> None:
        if self.net_sliders is not None:
            self.net_sliders.let_go()
        if not self._opened:
            self._opened = True
            try:
                self.session.open()
                self._history.listen(self.session.world.db)
            except ValueError as error:
                # Not every text that looks like an address is one.
                if self._settings.headless:
                    raise ConnectError(self._settings.server, str(error)) from error
                self._end(explain(error, server=self._settings.server))

    def close(self) -> None:
        # Who leaves at the height of a run has reached it all the same.
        self._keep_best()
        if self._apply in self._context.on_change:
            self._context.on_change.remove(self._apply)
        if self._settings.conditioner is not None:
            # The player is not to wait for a late goodbye, and the same world, tried again, begins with a good network.
            self._settings.conditioner.heal()
        self._world.keep_score(self.session.world.account.peak_mass)
        self.session.close()
        self._world.close()

    def leave(self) -> None:
        """Out of the world, to where the player came from."""
        self._context.stack.pop(self)

    def handle(self, event: pygame.event.Event) -> None:
        action = None if self.takes_text else self.stage.input.action(event)
        if action is Action.NET_HUD:
            self._context.change(net_hud=not self.stage.net_hud_shown)
            if self.net_sliders is not None:
                self.net_sliders.let_go()
        elif action is Action.MUTE:
            self._context.change(muted=not self._context.preferences.muted)
        elif self._is_for_sliders(event, action):
            pass
        elif self._state is SessionState.CONNECTING and self._is_way_out(event, action):
            self.leave()
        elif self._is_pause(event, action):
            self._pause()
        else:
            self.view.handle(event)

    def follow(self, event: pygame.event.Event) -> None:
        self.stage.input.follow(event)

    def update(self, now: float, elapsed: float) -> None:
        self.stage.window = self._context.window
        self._rest(now)
        self._history.begin(now)
        try:
            self.session.update(now)
        except AuthenticationError as error:
            if self._settings.token is None and self.session.state is SessionState.CONNECTING:
                self._fail(error)
            else:
                self._join_as_new_player()
            return
        except SpacetimeDBException as error:
            self._fail(error)
            return
        if self._has_ended():
            return
        self.net_meter.frame(
            now,
            work=self._context.frame_work,
            stats=self.session.network,
            lateness=self.session.world.tick_lateness,
        )
        if self._context.stack.top is self:
            cap = self._context.preferences.fps_cap
            self.stage.quality.frame(now, self._context.frame_work, 1.0 / min(cap, 60))
        self._count_players(now)
        self._follow_state(now)
        self._keep_death(now)
        self._look_at_goals(now)
        cues = (*self._sound_cues.cues(self.stage.camera), *self._cheers())
        self._context.audio.play(cues)
        self.stage.screen_shake.feel(cues, now)
        # A fixed time step, whatever the frames take. After a long one the newest wish counts once; a queue of old ones would
        # only pile up.
        self._accumulator = min(self._accumulator + elapsed, _MOST_STEPS * _STEP)
        while self._accumulator >= _STEP:
            self._accumulator -= _STEP
            self._step(now)
        self.view.update(now, min(elapsed, _MOST_STEPS * _STEP))
        self._measure_way()
        shown = self.stage.net_hud_shown
        self.stage.numbers_end = self._numbers_end(len(self.net_meter.lines)) if shown else 0

    def draw(self, screen: pygame.Surface) -> None:
        if self._context.stack.top not in (None, self):
            # One menu at a time: what lies over this one has its own.
            self.stage.draw_world(screen)
            return
        lines = self.net_meter.lines if self.stage.net_hud_shown else ()
        self.view.draw(screen)
        if lines:
            draw_net_hud(screen, self.stage.texts, lines)
            if self.net_sliders is not None:
                self.net_sliders.draw(screen, self.stage.texts, len(lines))

    # -- inside ------------------------------------------------------------------------------------------------

    def _rest(self, now: float) -> None:
        """Rest under a menu and behind other windows; a world in which nobody else plays stands still meanwhile."""
        rests = not self._context.is_focused or self._context.stack.top is not self
        self.stage.input.is_resting = rests
        hold = self._world.hold
        if hold is not None and not self._settings.headless and rests is not self.session.is_held:
            self.session.hold(rests, now)
            hold(rests)

    def _numbers_end(self, lines: int) -> int:
        """The pixel below which the network numbers leave room for news."""
        if not lines:
            return 0
        window = self._context.window
        panel = (
            net_hud_place(window, lines)
            if self.net_sliders is None
            else self.net_sliders.place(window, lines)
        )
        return panel.bottom

    def _cheers(self) -> tuple[Cue, ...]:
        """A sound for what the news have of the player's own feats."""
        before, self._feats_cheered = self._feats_cheered, self.stage.news.feats
        return (Cue(Sound.FEAT),) if self._feats_cheered > before else ()

    def _keep_best(self) -> None:
        best = self.session.world.account.peak_mass
        if best > self._context.preferences.best_mass:
            self._context.change(best_mass=best)

    def _apply(self, preferences: Preferences) -> None:
        self.stage.preferences = preferences
        self.stage.news.best = preferences.best_mass

    def _is_for_sliders(self, event: pygame.event.Event, action: Action | None) -> bool:
        lines = self.net_meter.lines
        if self.net_sliders is None or not self.stage.net_hud_shown or not lines:
            return False
        # Elsewhere they move the focus of a form, or write; a key that the player has bound does what it is bound to.
        keys = action is None and self._state in (SessionState.PLAYING, SessionState.WATCHING)
        return self.net_sliders.handle(event, self.stage.window, len(lines), keys=keys)

    def _is_pause(self, event: pygame.event.Event, action: Action | None) -> bool:
        return self._state not in _NO_PAUSE and self._is_way_out(event, action)

    def _is_way_out(self, event: pygame.event.Event, action: Action | None) -> bool:
        # Escape always is one, or a player who binds it to something else could not get back.
        return action is Action.PAUSE or (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE)

    def _pause(self) -> None:
        self._context.stack.push(
            PauseScene(
                self._context,
                leave=self.leave,
                is_held=self._world.hold is not None,
                lines=lambda: invitation(self._world),
                rules=self._rules_and_goal,
                players=None if self._world.owner is None else self._show_players,
            )
        )

    def _show_players(self) -> None:
        if self._world.owner is not None:
            self._context.stack.push(PlayersScene(self._context, self.session.world, self._world.owner))

    def _step(self, now: float) -> None:
        if self._steering is None:
            self.session.send(self.view.intent(), now)
        elif now >= self._look_due:
            self._look_due = now + _LOOK_INTERVAL
            self.session.send(self._decide(self._steering, now), now)

    def _decide(self, steering: Steering, now: float) -> Intent:
        player_id = self.session.player_id
        if self._state is not SessionState.PLAYING or player_id is None:
            # Only a view can wish for something then: a new life.
            return self.view.intent()
        from game.match.observation import observe

        return steering(observe(player_id, now=now))

    def _count_players(self, now: float) -> None:
        """Announce how many have a name in the world."""
        if now < self._count_due or self.session.state is SessionState.RECONNECTING:
            return
        self._count_due = now + _COUNT_SECONDS
        count = sum(1 for player in self.session.world.db.player.iter() if player.name)
        if count != self._players_counted:
            self._players_counted = count
            self._world.players_changed(count)

    def _look_at_goals(self, now: float) -> None:
        """Keep what the present life has reached, and tell it."""
        world, may_look = self.session.world, not (self._settings.headless or self.session.is_held)
        if not (may_look and self._goal_times.is_due(now, is_busy=world.is_fresh)):
            return
        known = self._context.preferences.goals
        fresh = reached_goals(world, known, now=now, difficulty=self._world.difficulty)
        if fresh:
            self._context.change(goals=(*known, *(goal.name for goal in fresh)))
        for goal in fresh:
            self.stage.news.cheer(gettext("Goal reached: {goal}").format(goal=gettext(goal.text)), now)

    def _rules_and_goal(self) -> tuple[str, ...]:
        goal = goal_line(self._context.preferences.goals)
        return (*((goal,) if goal else ()), *rule_lines(self.session.world.rules))

    def _keep_death(self, now: float) -> None:
        """Keep how a life ended, once its end is over: the history goes on, and forgets it."""
        death = self.session.world.death
        if death is None:
            self._death = None
        elif self._death is None and now - death.at >= _AFTER_DEATH:
            self._death = self._context.last_death = self._end_of_life(death)

    def _end_of_life(self, death: Death) -> Clip:
        self._history.identity = self.session.world.identity
        end = death.at + _AFTER_DEATH
        return self._history.clip(end - DEATH_SECONDS, end)

    def _watch_how(self) -> None:
        death = self.session.world.death
        if death is not None:
            clip = self._death or self._end_of_life(death)
            self._context.stack.push(ReplayScene(self._context, clip, title=gettext("How it ended")))

    def _follow_state(self, now: float) -> None:
        state = self.session.state
        if state is SessionState.NAMING and self._settings.headless:
            self.session.enter(self.session.known_name or _NAME_WITHOUT_WINDOW, now)
            state = self.session.state
        if state is self._state:
            return
        before, self._state = self.view, state
        if self.view is not before or state is SessionState.ENTERING:
            self.view.enter()
        if (
            before is self._views[SessionState.CONNECTING]
            and not self._settings.headless
            and self._world.remember
        ):
            self._context.remember_server(self._settings.server, self._settings.database)

    def _join_as_new_player(self) -> None:
        """The server does not take the token of an earlier visit: without one it gives a new identity.

        So it is, too, after a loss, where the server that comes back has another key.
        """
        self.session.close()
        self._settings.on_token_refused()
        self._context.notify(gettext("The server does not know you any more: you join as somebody new"))
        self._begin(replace(self._settings, token=None, name=self.session.name))
        self.enter()

    def _has_ended(self) -> bool:
        """Whether this world is over, which is shown where there is a window."""
        if self.session.state is SessionState.LOST:
            self._end(explain(self._loss(), server=self._settings.server))
            return True
        reason = self._world.failure()
        if reason is not None and not self._settings.headless:
            self._end(Explanation(gettext("The world has ended"), reason, ""))
            return True
        return False

    def _loss(self) -> Exception:
        try:
            self.session.raise_if_lost()
        except SpacetimeDBException as error:
            return error
        return EnterRefusedError(self.session.name or "", self.session.lost_reason)

    def _fail(self, error: SpacetimeDBException) -> None:
        if self._settings.headless:
            raise error
        self._end(explain(error, server=self._settings.server, database=self._settings.database))

    def _end(self, explanation: Explanation) -> None:
        if self._settings.headless:
            self._context.stack.clear()
        else:
            # A world of another machine can be tried again; one that was started here has been ended with this scene.
            again = (lambda: PlayingScene(self._context, self._world)) if self._world.remember else None
            self._context.stack.replace(self, ErrorScene(self._context, explanation, again=again))

    def _measure_way(self) -> None:
        """Add the way of the player's middle; a jump (a rebirth, a merge) is no way."""
        world = self.session.world
        if not world.own:
            self._seen_at = None
            return
        x = sum(circle.shown_x for circle in world.own.values()) / len(world.own)
        y = sum(circle.shown_y for circle in world.own.values()) / len(world.own)
        if self._seen_at is not None:
            way = ((x - self._seen_at[0]) ** 2 + (y - self._seen_at[1]) ** 2) ** 0.5
            if way < _LONGEST_WAY:
                self.distance += way
        self._seen_at = x, y
