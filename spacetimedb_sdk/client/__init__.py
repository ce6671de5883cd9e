"""Client: what both faces drive. No socket, no thread; the time is passed in."""
