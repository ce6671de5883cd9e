"""Addresses: where a server listens, read from what a person writes."""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import quote

from ...errors import BadAddressError
from ...records import record

__all__ = ["HostAddress", "database_path", "is_loopback", "parse_host"]

# A name, or numbers in brackets (IPv6, perhaps with a zone), and a port.
_NETLOC = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+(?:%[\w.~-]+)?\]|[^\[\]:]+)(?::(?P<port>\d{1,5}))?")
# What a path in front of `/v1/` may hold; anything else belongs percent-encoded.
_PREFIX = re.compile(r"(?:/[\w.~!$&'()*+,;=:@%-]+)*", re.ASCII)
_SCHEMES = {"": None, "http": False, "ws": False, "https": True, "wss": True}


@record
class HostAddress:
    """Where a server listens: `netloc` is host and port, `prefix` the path a reverse proxy has it under (`/game`)."""

    netloc: str
    tls: bool
    prefix: str = ""

    @property
    def host(self) -> str:
        """The name or the numbers, without brackets and port."""
        return _split(self.netloc)[0]

    @property
    def port(self) -> int:
        """The one given, or the scheme's own: 80, with TLS 443."""
        return _split(self.netloc)[1] or (443 if self.tls else 80)

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def url(self) -> str:
        """For HTTP, and as errors name the server: no slash at its end."""
        return f"{'https' if self.tls else 'http'}://{self.netloc}{self.prefix}"

    @property
    def websocket_url(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://{self.netloc}{self.prefix}"


def parse_host(host: str, ssl_enabled: bool | None = None) -> HostAddress:
    """`host[:port][/prefix]`, with or without scheme and trailing slash; IPv6 numbers in brackets.

    BadAddressError, a ValueError, when it cannot be an address, or when an explicit scheme and `ssl_enabled` disagree; with None the scheme
    alone decides. The text names nothing that may be a secret: user, password and query are left out.
    """
    text = host.strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    scheme = scheme.lower()
    if scheme not in _SCHEMES:
        raise BadAddressError("", f"host {_shown(host)}: the scheme must be http, https, ws or wss")
    if "@" in rest or "?" in rest or "#" in rest:
        raise BadAddressError(
            "",
            f"host {_shown(host)}: give it without user, password or query; a token is an argument of its own",
        )
    netloc, slash, path = rest.partition("/")
    prefix = f"{slash}{path}".rstrip("/")
    found = _NETLOC.fullmatch(netloc)
    if found is None or not netloc.isprintable() or any(character.isspace() for character in netloc):
        raise BadAddressError("", f"host {_shown(host)}: give HOST or HOST:PORT, for instance localhost:3000")
    if found["port"] is not None and not 0 < int(found["port"]) < 1 << 16:
        raise BadAddressError(
            "", f"host {_shown(host)}: a port is a number from 1 to 65535, for instance localhost:3000"
        )
    if _PREFIX.fullmatch(prefix) is None or {".", ".."} & set(prefix.split("/")):
        raise BadAddressError(
            "",
            f"host {_shown(host)}: {prefix!r} is no path; give HOST:PORT/PATH, for instance https://example.com/game",
        )
    said = _SCHEMES[scheme]
    if said is not None and ssl_enabled is not None and said != ssl_enabled:
        raise BadAddressError(
            "", f"host {_shown(host)} says {scheme}, ssl_enabled is {ssl_enabled}: make them agree"
        )
    return HostAddress(netloc, bool(ssl_enabled if said is None else said), prefix)


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or numbers, without brackets) is this machine, however it is spelled."""
    name = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(name)
    except ValueError:
        try:  # 127.1 and its like, which the system takes as well
            address = ipaddress.IPv4Address(socket.inet_aton(name))
        except (OSError, UnicodeEncodeError, ValueError):
            return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    # To connect to "any address" (0.0.0.0) is to connect to this machine.
    return address.is_loopback or address.is_unspecified


def database_path(name: str) -> str:
    """The path of a database. BadAddressError for a name that none can have."""
    if not name or any(0xD800 <= ord(character) < 0xE000 for character in name):
        raise BadAddressError("", f"database {name!r}: give its name or its identity")
    # Dots alone mean another folder to whatever reads the path on its way.
    segment = quote(name, safe="") if name.strip(".") else name.replace(".", "%2E")
    return f"/v1/database/{segment}"


def _split(netloc: str) -> tuple[str, int | None]:
    found = _NETLOC.fullmatch(netloc)
    if found is None:
        return netloc, None
    return found["host"].strip("[]"), None if found["port"] is None else int(found["port"])


def _shown(host: str) -> str:
    """What an error may say of it: neither user and password, nor a query, and on one line."""
    scheme, separator, rest = host.partition("://")
    if not separator:
        scheme, rest = "", host
    for mark in "?#":
        rest = rest.partition(mark)[0]
    return ascii(f"{scheme}{separator}{rest.rpartition('@')[2]}"[:120])
