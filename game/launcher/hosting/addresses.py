"""Addresses under which others on the network reach this machine."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

__all__ = ["addresses_to_join", "ipv4_addresses"]

# Any address outside of this machine will do: nothing is sent to it, the system only says which way it would go.
_SOMEWHERE = ("192.0.2.1", 9)


def addresses_to_join(listen: str) -> tuple[str, ...]:
    """`HOST:PORT` for others to write, the likeliest first, for a server that listens at `listen` (`HOST:PORT`).

    Empty for a server that only this machine can reach.
    """
    host, _, port = listen.rpartition(":")
    if host.strip("[]") in ("0.0.0.0", "::", ""):
        return tuple(f"{address}:{port}" for address in _own_addresses())
    return () if _is_loopback(host) else (listen,)


def ipv4_addresses(listen: str) -> tuple[str, ...]:
    """The same without the port, those that are numbers of IPv4: what a world is announced under."""
    hosts = (address.rpartition(":")[0] for address in addresses_to_join(listen))
    return tuple(host for host in hosts if _is_ipv4(host))


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host.strip("[]") == "::1"


def _own_addresses() -> list[str]:
    """The IPv4 addresses of this machine, the one that faces the network first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_SOMEWHERE)
        except OSError:
            # A machine without a network: only its own name is left to ask.
            pass
        else:
            found.append(probe.getsockname()[0])
    try:
        infos = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        infos = []
    for info in infos:
        address = str(info[4][0])
        if address not in found:
            found.append(address)
    return [address for address in found if not _is_loopback(address)]
