"""What a token (JWT) says of itself: anyone can write one, so that who relies on it must have had it from a place it trusts."""

from __future__ import annotations

import base64
from typing import Any

from .parsing import parsed_json

__all__ = ["token_claims"]


def token_claims(token: str) -> dict[str, Any]:
    """The claims in a token, unverified; none where it is no token."""
    try:
        part = token.split(".")[1]
        found = parsed_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
