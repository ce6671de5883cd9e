"""Launcher: what stands between the command line and the game: arguments, profiles, child processes, files."""
