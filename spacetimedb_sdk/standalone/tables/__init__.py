"""Tables: rows in memory with their indexes and sequences, and the one transaction that changes them."""
