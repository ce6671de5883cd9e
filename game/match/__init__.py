"""Match: one player's way through one world, display-free. Imports no pygame and reads no clock."""
