"""Presentation: what eye and ear get, display-free: camera, leaderboard, news, sounds, colours, words."""
