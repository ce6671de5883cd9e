"""The server module: tables, reducers and scheduled reducers of Blackholio, written in Python.

Start it with ``python -m spacetimedb_sdk start --module game.rules``. Everything a reducer decides comes from its
arguments, the tables, `ctx.timestamp` and `ctx.rng`: the same seed, clock and calls give the same rows.
"""

from . import decay, eating, inputs, lifecycle, movement, players, spawning, splitting
from .tables import module

__all__ = [
    "decay",
    "eating",
    "inputs",
    "lifecycle",
    "module",
    "movement",
    "players",
    "spawning",
    "splitting",
]
