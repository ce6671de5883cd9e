"""Algebraic types and their encodings: BSATN and SATS-JSON. The ground floor."""
