"""Feel: what happens in the arena, felt: the picture shakes, circles are pressed and swing, sparks fly. Display-free."""
