"""Proxies: which one lies between this machine and a server, as the environment says."""

from __future__ import annotations

import ipaddress
import os
import sys
from base64 import b64encode
from urllib.parse import unquote, urlsplit

from ...errors import ConnectCause
from ...records import field, record
from .address import HostAddress
from .refusals import connect_error

__all__ = ["Proxy", "proxy_for"]


@record
class Proxy:
    """An HTTP proxy, spoken to in plain text. `authorization` is the value of its header, None where it asks for none."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """For errors: without user and password."""
        return f"{self.host}:{self.port}"


def proxy_for(address: HostAddress) -> Proxy | None:
    """The proxy that `http_proxy`, `https_proxy` or `all_proxy` names, or the system's settings, unless `no_proxy` does.

    Loopback never goes through one, whatever they say: a proxy's loopback is another machine's. ConnectError for a proxy
    of a kind that is not spoken.
    """
    if address.is_loopback or not _may_have_one():
        return None
    # Importing it takes longer than all the rest of connecting, and few machines have a proxy.
    from urllib.request import getproxies, proxy_bypass

    names = ("wss", "https", "all") if address.tls else ("ws", "http", "all")
    proxies = getproxies()
    url = next((proxies[name] for name in names if proxies.get(name)), None)
    if url is None or proxy_bypass(f"{address.host}:{address.port}") or _is_in_excepted_network(address.host):
        return None
    return _parse(address, url)


def _may_have_one() -> bool:
    if sys.platform in ("darwin", "win32"):  # settings of the system, beside the environment
        return True
    return any(name.lower().endswith("_proxy") for name in os.environ)


def _is_in_excepted_network(host: str) -> bool:
    """Whether `no_proxy` has a network (10.0.0.0/8) with the host in it, which the standard library does not look for."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    for part in (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(","):
        try:
            if address in ipaddress.ip_network(part.strip().strip("[]"), strict=False):
                return True
        except ValueError:
            continue
    return False


def _parse(address: HostAddress, url: str) -> Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if host is None:
        raise connect_error(address.url, ConnectCause.PROXY, "the environment's is no address")
    if parts.scheme != "http":
        raise connect_error(
            address.url,
            ConnectCause.PROXY,
            f"{host} is a {parts.scheme} proxy, http:// ones alone are spoken",
        )
    authorization = None
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {b64encode(pair.encode()).decode()}"
    return Proxy(host, port or 80, authorization)
