"""The Python interpreter that modules run in on a SpacetimeDB, as files for `spacetimedb_sdk.publishing`."""
