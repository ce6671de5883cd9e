"""How identities come about (spec: http-api.md section 1.3)."""

from __future__ import annotations

from ..system.requirements import needs
from ..types import Identity

with needs("the embedded server", "server"):
    from blake3 import blake3

__all__ = ["identity_from_claims"]

_PREFIX = b"\xc2\x00"


def identity_from_claims(issuer: str, subject: str) -> Identity:
    """The identity of the user that `issuer` knows as `subject`: a hash of both, with a check sum in front."""
    hashed = blake3(f"{issuer}|{subject}".encode()).digest()[:26]
    check = blake3(_PREFIX + hashed).digest()[:4]
    return Identity(_PREFIX + check + hashed)
