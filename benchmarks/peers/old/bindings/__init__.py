"""Bindings in the shape that was generated for `spacetimedb-sdk` 0.7."""
