"""Replays: matches that are over, as histories of their rows."""
