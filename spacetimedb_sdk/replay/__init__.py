"""Replay: recorded sessions and scripted connections, played into a client without a network."""
