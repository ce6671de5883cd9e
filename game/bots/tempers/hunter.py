"""Hunter: chases whom it can eat, and splits to catch them."""

from game.bots.instincts import flee, graze, hunt, roam, strike
from game.bots.temper import Temper

__all__ = ["TEMPER"]

TEMPER = Temper(
    name="hunter",
    instincts=(flee, strike, hunt, graze, roam),
    caution=(20.0, 40.0),
    greed=(120.0, 220.0),
    daring=(0.55, 1.0),
)
