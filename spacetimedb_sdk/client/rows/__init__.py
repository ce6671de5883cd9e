"""Rows: the cache of a client, its tables and indexes, and the callbacks that changes of rows lead to."""
