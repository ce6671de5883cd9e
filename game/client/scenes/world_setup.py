"""World setup: a world of one's own is asked for, under which name, with how many bots, and how strong they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from game.bots.personality import SKILLS
from game.language import N_, Verbatim
from game.match.session import MAX_NAME_LENGTH
from game.match.settings import DIFFICULTIES, MOST_BOTS
from game.presentation.rule_lines import rules_name

from ..app_context import AppContext
from ..ui.form import Form
from ..ui.text_field import TextField
from ..ui.widgets import Button, Choice, Widget
from .menu import MenuScene

__all__ = ["WorldSetupScene"]

DIFFICULTY_NAMES = {"calm": N_("Calm"), "normal": N_("Normal"), "hard": N_("Hard")}
_STEPS = (0, 3, 6, 9, 12, 16, 20, 30, 40, MOST_BOTS)


class WorldSetupScene(MenuScene):
    """Asks before the world begins, so that no circle grows meanwhile; what is chosen is remembered.

    `start(name, bots, difficulty, rules)` goes on from here; `more` is asked besides.
    """

    title_size = 72

    def __init__(
        self,
        context: AppContext,
        title: str,
        go: str,
        start: Callable[[str, int, str, str], None],
        *,
        rule_sets: Sequence[str],
        more: Sequence[Widget] = (),
    ) -> None:
        self.title = title
        self._start = start
        now = context.preferences
        self._name = TextField(
            "Name", now.name or "", longest=MAX_NAME_LENGTH, placeholder=N_("Your name"), on_done=self._play
        )
        # What was chosen may be a set that is not there any more.
        self._rules = now.rules if now.rules in rule_sets else rule_sets[0]
        counts = sorted({*_STEPS, now.bots, *(skill.bots for skill in SKILLS.values())})
        self._bots = Choice(
            "Bots",
            [(count, Verbatim(count) if count else N_("none")) for count in counts],
            now.bots,
            lambda bots: context.change(bots=bots),
        )
        form = Form(
            (
                self._name,
                Choice(
                    "Difficulty",
                    [(each, DIFFICULTY_NAMES[each]) for each in DIFFICULTIES],
                    now.difficulty,
                    self._choose_difficulty,
                ),
                self._bots,
                Choice(
                    "Rules",
                    [(name, rules_name(name)) for name in rule_sets],
                    self._rules,
                    self._choose_rules,
                ),
                *more,
                Button(go, self._play, is_main=True),
                Button("Back", self._back),
            ),
            on_back=self._back,
            above=200.0,
        )
        super().__init__(context, form)
        if now.name:
            form.focus(form.widget(go), context.window)

    def _play(self) -> None:
        name = self.context.chosen_name(self._name.value)
        preferences = self.context.preferences
        self._start(name, preferences.bots, preferences.difficulty, self._rules)

    def _choose_difficulty(self, difficulty: str) -> None:
        now = self.context.preferences
        # The number goes with the strength until the player wants another one.
        bots = SKILLS[difficulty].bots if now.bots == SKILLS[now.difficulty].bots else now.bots
        self.context.change(difficulty=difficulty, bots=bots)
        self._bots.show(bots)

    def _choose_rules(self, rules: str) -> None:
        self._rules = rules
        self.context.change(rules=rules)
