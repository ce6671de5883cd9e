"""The server module: tables, reducers and scheduled reducers of Blackholio, written in Python.

`game.rules` serves the official rules, `game.rules.sets.arcade` those that most people like to play; each file in
`game/rules/sets/` is one rule set, numbers and behaviour. Start one with `python -m spacetimedb_sdk start --module
game.rules.sets.arcade`. Everything a reducer decides comes from its arguments, the tables, `ctx.timestamp` and `ctx.rng`:
the same seed, clock and calls give the same rows.
"""

from .sets.official import module

__all__ = ["module"]
