"""Servers to publish to: which generation of them answers."""

from __future__ import annotations

from ..errors import HttpError
from ..http import HttpClient
from .interpreter import ABI_1, ABI_2, Abi

__all__ = ["generation_of", "is_embedded"]


def generation_of(http: HttpClient) -> Abi:
    """Whether a server is of 1.x or of 2.x, which offer modules different functions. ConnectError where none answers."""
    http.ping()
    return ABI_2 if http.plans_migrations() else ABI_1


def is_embedded(http: HttpClient) -> bool:
    """Whether the server is this SDK's own, which runs Python as it is. ConnectError where none answers."""
    try:
        return "\nspacetimedb_connections" in f"\n{http.metrics()}"
    except HttpError:  # kept from the outside
        return False
