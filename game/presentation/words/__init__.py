"""Words for a player: hints of a first game, names of keys."""
