"""Rows: row lists of messages into rows and keys, in slices."""
