"""Personality: how well a bot plays, which goes with the difficulty, and what makes it different from the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["SKILLS", "Personality", "Skill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What bots of one difficulty can and do.

    Attributes:
        bots: how many of them there are by default.
        pace: the share of full speed that they go at.
        flight: the same, when they flee: who is slower can be caught.
        sated: how much of its pace a bot loses that is nearly as large as it may be: it is neither hungry nor quick then.
        think: seconds between two decisions, from and to.
        reach: world units that they see.
        splits: whether they split to attack.
        wary: the share of the reach of a thrown piece that they keep away from who could throw one.
        grace: seconds for which a newcomer is left alone.
        appetite: the share of the own mass from which prey is worth its chase.
        largest: the mass from which they begin again, small, so that the board stays within reach of a newcomer.
    """

    bots: int
    pace: float
    flight: float
    sated: float
    think: tuple[float, float]
    reach: float
    splits: bool
    wary: float
    grace: float
    appetite: float
    largest: float


SKILLS: Mapping[str, Skill] = MappingProxyType(
    {
        "calm": Skill(
            bots=9, pace=0.7, flight=0.6, sated=0.6, think=(0.22, 0.3), reach=160.0, splits=False, wary=0.0,
            grace=20.0, appetite=0.25, largest=200.0,
        ),
        "normal": Skill(
            bots=12, pace=0.9, flight=0.9, sated=0.4, think=(0.13, 0.17), reach=220.0, splits=True, wary=0.5,
            grace=12.0, appetite=0.12, largest=500.0,
        ),
        "hard": Skill(
            bots=16, pace=1.0, flight=1.0, sated=0.2, think=(0.09, 0.12), reach=260.0, splits=True, wary=1.0,
            grace=4.0, appetite=0.06, largest=1000.0,
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Personality:
    """One bot's own numbers, within what its temper allows.

    Attributes:
        temper: the name of its temper.
        skill: what its difficulty lets it do.
        caution: distance in world units, from edge to edge, at which a heavier circle is fled from.
        greed: distance in world units at which a lighter circle is hunted.
        daring: 0..1; above 0.5 the bot splits to catch prey.
        heading: angle in radians that tells which way it goes where all ways are the same.
        largest: the mass from which it begins again.
        seed: of its own chances.
    """

    temper: str = "forager"
    skill: Skill = field(default_factory=lambda: SKILLS["normal"], repr=False)
    caution: float = 60.0
    greed: float = 120.0
    daring: float = 0.5
    heading: float = 0.0
    largest: float = 500.0
    seed: int = 0
