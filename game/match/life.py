"""Life: the account of what the own player ate, how large it was, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .shown import Gone, ShownCircle

__all__ = ["Account", "Death", "Life"]


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a life: `eater` is the eating player's id, or None when the player was not eaten (an end by choice).

    `eater_mass` is that of all the eater's circles, `rank` the place on the leaderboard at the end, `eaten` the players
    who ended in this life by the own player's mouth, in order.
    """

    at: float
    eater: int | None
    eater_entity: int | None
    peak_mass: int
    food_eaten: int
    meals: int
    lived: float
    best_rank: int | None = None
    rank: int | None = None
    eater_mass: int | None = None
    eaten: tuple[int, ...] = ()


@dataclass(slots=True)
class Life:
    """The running account of the present life; times are seconds, `rank` is the place on the leaderboard, `best_rank` the best one."""

    began: float
    peak_mass: int = 0
    food_eaten: int = 0
    meals: int = 0
    best_rank: int | None = None
    rank: int | None = None
    eaten: list[int] = field(default_factory=list)


class Account:
    """Counts of all lives, the present one, and how the last one ended."""

    def __init__(self) -> None:
        self.life: Life | None = None
        self.death: Death | None = None
        self.peak_mass = 0
        self.deaths = 0
        self.food_eaten = 0
        self.meals = 0
        self.ejected = 0

    def count_meal(self, gone: Gone, own_player_id: int | None) -> None:
        """The own player has eaten `gone`: own circles merge, which is no meal."""
        if gone.player_id is None:
            self.food_eaten += 1
            if self.life is not None:
                self.life.food_eaten += 1
        elif gone.player_id != own_player_id:
            self.meals += 1
            if self.life is not None:
                self.life.meals += 1

    def count_kill(self, player_id: int) -> None:
        """The own player has eaten the last circle of another one."""
        if self.life is not None:
            self.life.eaten.append(player_id)

    def leave_out(self, seconds: float) -> None:
        """The world has stood still for so long, which is no part of the present life."""
        if self.life is not None:
            self.life.began += seconds

    def settle(
        self,
        now: float,
        mass: int,
        gone: list[Gone],
        eaters: dict[int, ShownCircle],
        mass_of: Callable[[int], int],
    ) -> None:
        """Begin or end a life: `mass` is that of all own circles, 0 without any; `gone` are own circles that vanished."""
        if self.life is None and gone:
            # It was placed beside a bigger circle: the whole life came in one round.
            self.life = Life(began=now, peak_mass=max(each.mass for each in gone))
        if mass:
            if self.life is None:
                self.life = Life(began=now)
                self.death = None
            self.life.peak_mass = max(self.life.peak_mass, mass)
            self.peak_mass = max(self.peak_mass, mass)
            return
        life, self.life = self.life, None
        if life is None:
            return
        self.deaths += 1
        eater = eaters.get(gone[-1].entity_id) if gone else None
        self.death = Death(
            at=now,
            eater=None if eater is None else eater.player_id,
            eater_entity=None if eater is None else eater.entity_id,
            peak_mass=life.peak_mass,
            food_eaten=life.food_eaten,
            meals=life.meals,
            lived=now - life.began,
            best_rank=life.best_rank,
            rank=life.rank,
            eater_mass=None if eater is None else mass_of(eater.player_id),
            eaten=tuple(life.eaten),
        )
