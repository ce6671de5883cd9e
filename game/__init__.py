"""Blackholio for PyGame: the rules, the world as a client sees it, the window, the bots and the command line."""
