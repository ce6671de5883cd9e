"""Forager: wants food and peace, and takes what lies in its way."""

from game.bots.instincts import flee, graze, roam, snatch
from game.bots.temper import Temper

__all__ = ["TEMPER"]

TEMPER = Temper(
    name="forager",
    instincts=(flee, snatch, graze, roam),
    caution=(55.0, 90.0),
    greed=(15.0, 35.0),
    daring=(0.0, 0.3),
    share={"calm": 3.0},
)
