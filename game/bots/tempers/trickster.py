"""Trickster: dances before those who could eat it, tempts and steals up on those who could not, and splits when they are near."""

from game.bots.instincts import bait, flee, graze, roam, snatch, stalk, strike, tempt
from game.bots.temper import Temper

__all__ = ["TEMPER"]

TEMPER = Temper(
    name="trickster",
    instincts=(flee, strike, bait, tempt, stalk, snatch, graze, roam),
    caution=(25.0, 45.0),
    greed=(90.0, 160.0),
    daring=(0.55, 1.0),
)
