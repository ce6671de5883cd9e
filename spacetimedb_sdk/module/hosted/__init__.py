"""Hosted: a module inside a real SpacetimeDB, where an interpreter in WebAssembly runs it.

`tables` are the tables of a context over the host's functions, `entry` answers the host's calls, `boot` starts both from
the bundle that `spacetimedb_sdk.publishing` makes. Nothing here is imported by clients or by the embedded server.
"""
