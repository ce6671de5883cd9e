"""Goals: what there is to reach in a life, the easier first. A new one is one more line of `GOALS`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ..language import N_, gettext
from ..match.life import Life
from ..match.settings import DIFFICULTIES
from ..match.world import World

__all__ = ["GOALS", "Goal", "Standing", "goal_line", "next_goal", "reached_goals"]

# A rank among fewer players is worth nothing, and neither is one while all are small.
_LEAST_PLAYERS, _LEAST_MASS = 6, 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the own player stands: the present `life`, how many `seconds` it is long, the `rank` (None where that is worth
    nothing), and how strong the bots are, where that is known."""

    life: Life
    seconds: float
    rank: int | None
    difficulty: str | None

    def leads_against(self, difficulty: str) -> bool:
        """Whether the player wears the crown in a world with bots of that strength, or stronger ones."""
        if self.rank != 1 or self.difficulty is None:
            return False
        return DIFFICULTIES.index(self.difficulty) >= DIFFICULTIES.index(difficulty)


@dataclass(frozen=True, slots=True)
class Goal:
    """One that is reached once and for all; `name` is what it is kept under, `text` how it is shown."""

    name: str
    text: str
    is_reached: Callable[[Standing], bool]


GOALS = (
    Goal("food-20", N_("Eat twenty lights in one life"), lambda now: now.life.food_eaten >= 20),
    Goal("mass-100", N_("Reach a mass of 100"), lambda now: now.life.peak_mass >= 100),
    Goal("eat-1", N_("Eat another player"), lambda now: len(now.life.eaten) >= 1),
    Goal("rank-3", N_("Be among the first three"), lambda now: now.rank is not None and now.rank <= 3),
    Goal("crown", N_("Wear the crown"), lambda now: now.rank == 1),
    Goal("live-5", N_("Live for five minutes"), lambda now: now.seconds >= 300),
    Goal("eat-3", N_("Eat three players in one life"), lambda now: len(now.life.eaten) >= 3),
    Goal("mass-300", N_("Reach a mass of 300"), lambda now: now.life.peak_mass >= 300),
    Goal("crown-normal", N_("Wear the crown among normal bots"), lambda now: now.leads_against("normal")),
    Goal("live-15", N_("Live for fifteen minutes"), lambda now: now.seconds >= 900),
    Goal("eat-10", N_("Eat ten players in one life"), lambda now: len(now.life.eaten) >= 10),
    Goal("mass-600", N_("Reach a mass of 600"), lambda now: now.life.peak_mass >= 600),
    Goal("crown-hard", N_("Wear the crown among hard bots"), lambda now: now.leads_against("hard")),
    Goal("mass-1000", N_("Reach a mass of 1000"), lambda now: now.life.peak_mass >= 1000),
)


def reached_goals(
    world: World, reached: Collection[str], *, now: float, difficulty: str | None = None
) -> list[Goal]:
    """The goals that the present life has just reached, besides those that are `reached` already."""
    life = world.life
    if life is None:
        return []
    players = {circle.player_id for circle in world.circles.values()}
    counts = len(players) >= _LEAST_PLAYERS and world.own_mass() >= _LEAST_MASS
    standing = Standing(life, now - life.began, life.rank if counts else None, difficulty)
    return [goal for goal in GOALS if goal.name not in reached and goal.is_reached(standing)]


def next_goal(reached: Collection[str]) -> Goal | None:
    """The easiest one that is left."""
    return next((goal for goal in GOALS if goal.name not in reached), None)


def goal_line(reached: Collection[str]) -> str:
    """What to reach next, in the player's words; empty where all is reached."""
    goal = next_goal(reached)
    return "" if goal is None else gettext("Next goal: {goal}").format(goal=gettext(goal.text))
