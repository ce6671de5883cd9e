"""Commands: play, host, bots and replay, as `run_game.py` knows them."""
