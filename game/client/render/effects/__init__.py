"""The effects: each file is one, and `game.client.render.effect.effects` finds it."""
