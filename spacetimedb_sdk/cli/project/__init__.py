"""Projects: a new game, a copy of the SDK inside one, and what serves one while it is made."""
