"""BSATN: the binary form of values, as functions that are compiled once per type (spec: bsatn.md)."""
