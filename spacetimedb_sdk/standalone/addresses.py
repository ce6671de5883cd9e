"""Addresses to listen on, as programs and command lines write them."""

from __future__ import annotations

from .errors import AddressError

__all__ = ["listen_address", "shown_host"]


def listen_address(given: object) -> tuple[str, int]:
    """`"HOST:PORT"`, `"[::1]:PORT"`, `":PORT"`, or a pair of both; port 0 is any free one. AddressError for the rest."""
    host: object
    port: object
    if isinstance(given, str):
        host, separator, text = given.rpartition(":")
        # Without brackets it could not be told where an IPv6 address ends.
        bracketed = host.startswith("[") and host.endswith("]")
        if not separator or not (text.isascii() and text.isdecimal()) or (":" in host and not bracketed):
            raise AddressError(given)
        host, port = host.strip("[]") or "127.0.0.1", int(text)
    elif isinstance(given, tuple | list) and len(given) == 2:
        host, port = given
    else:
        raise AddressError(given)
    if (
        not isinstance(host, str)
        or not isinstance(port, int)
        or isinstance(port, bool)
        or not 0 <= port <= 65535
    ):
        raise AddressError(given)
    if any(character.isspace() for character in host):
        raise AddressError(given)
    return host.strip("[]"), port


def shown_host(host: str) -> str:
    """`host` as it stands in front of a port: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
