"""The game on the screen: everything that needs pygame."""

import os

# pygame greets on standard output when it is first imported, where a report or a pipe may be expected.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
