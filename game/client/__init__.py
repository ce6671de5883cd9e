"""The game on the screen: everything that needs pygame."""
