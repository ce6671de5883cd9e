"""The tempers: each file is one, and `game.bots.temper.tempers` finds it."""
