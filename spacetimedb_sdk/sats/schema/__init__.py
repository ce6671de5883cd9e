"""Schema: what a module defines, read from and written as V9 and V10 definitions (spec: schema.md)."""
