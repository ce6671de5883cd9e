"""Hosting: who plays in a world that is open to others, and what its host may do about it."""
