"""Rule sets: each file is one, with its `RULES` and the `module` that serves a world of them."""
