"""Frames: what keeps them in time. How finely they are drawn, and what waits for one that is not busy."""
