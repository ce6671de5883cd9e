"""What fills the window at a time: connecting, the name, the arena, the death of the player."""
