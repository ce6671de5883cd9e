"""Scenes: the menus, and the world that is played in."""
