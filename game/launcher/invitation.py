"""Invitations: where to play, out of what a player has pasted: an address, a URL, a line of `host`, a whole sentence of a chat."""

from __future__ import annotations

import argparse
import re
import unicodedata
from ipaddress import IPv6Address
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from game.language import gettext
from game.launcher.errors import LauncherError
from spacetimedb_sdk import ConnectError

__all__ = [
    "DATABASE_NAME",
    "DEFAULT_DATABASE",
    "DEFAULT_PORT",
    "address_to_join",
    "read_invitation",
    "server_address",
    "where_it_is",
]

DEFAULT_DATABASE = "blackholio"
# As servers take them.
DATABASE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
DEFAULT_PORT = 3000


_OPTIONS = re.compile(r"--(server|database)[= ]+(\S+)")
_URL = re.compile(r"(?:https?|wss?)://[^\s<>\"'`|“”„‘’«»‹›]+", re.IGNORECASE)
# An address and nothing else: a name, numbers, or an IPv6 address in brackets; a port; a path.
_ALONE = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F.]*\])(?::\d+)?(?:/[^\s]*)?\Z")
# The same among other words, the surest first. A number before a colon is a time of day; a name without a port has a dot.
_AMONG_WORDS = (
    re.compile(r"(?<![\w.@-])(?:(?!\d+:)[\w-]+(?:\.[\w-]+)*|\[[0-9a-fA-F:]+\]):\d{1,5}(?!\w)"),
    re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-])"),
    re.compile(r"(?<![\w.@/-])[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?![\w@/-])"),
)
# What ends a sentence, and no address.
_PUNCTUATION = ".,;:!?)]}*_"
# Full stops of East Asian keyboards: between the parts of an address they are what they look like.
_FULL_STOPS = str.maketrans("。｡", "..")
# As the routes of a server have it, and who connects to them.
_ROUTE = re.compile(r"(.*)/v1/database/([^/]+)(?:/subscribe)?/?\Z")
_PROBE_SECONDS = 5.0


def read_invitation(text: str, database: str = DEFAULT_DATABASE) -> tuple[str, str]:
    """Server and database that a text names; the database is the one that is given where the text names none.

    Raises:
        LauncherError: it names no server.
    """
    words = _as_typed(text)
    options = dict(_OPTIONS.findall(words))
    if "server" in options:
        database = options.get("database", database).rstrip(_PUNCTUATION)
        words = options["server"].rstrip(_PUNCTUATION)
    url = _URL.search(words)
    if url is not None:
        return _of_url(_without_punctuation(url[0]), database)
    if _is_ipv6(words):
        words = f"[{words}]"
    has_spaces = any(letter.isspace() for letter in words)
    # A scheme that is none here may have been meant for a secure one.
    if not _ALONE.match(words) and (has_spaces or "://" not in words):
        found = next((found for each in _AMONG_WORDS if (found := each.search(words))), None)
        if found is not None:
            words = found[0]
        elif has_spaces:
            raise LauncherError(gettext("There is no address in that: write it like 192.168.1.20:3000"))
    return _address(words), database


def where_it_is(server: str, database: str = DEFAULT_DATABASE) -> tuple[str, str]:
    """The same server and database, or, for a URL with a path, the two that are there: `https://HOST/PREFIX/NAME` is a server
    behind the path, or one that has the last part of it as a database.

    It asks the server, which takes a moment; one that cannot be asked is left to who connects to it.
    """
    parts = urlsplit(server)
    above, _, last = parts.path.rstrip("/").rpartition("/")
    if not (parts.scheme and DATABASE_NAME.match(last)):
        return server, database
    parent = urlunsplit((parts.scheme, parts.netloc, above, "", "")).rstrip("/")
    from spacetimedb_sdk.errors import HttpError
    from spacetimedb_sdk.http import HttpClient  # not needed by who plays at home, and slow to import

    candidates = [(server, database), (parent, last)]
    for candidate in candidates:
        try:
            HttpClient(candidate[0], timeout=_PROBE_SECONDS).database(candidate[1])
        except (ConnectError, HttpError):
            # What is there may not be one under this path, and be one under the other.
            continue
        return candidate
    return server, database


def address_to_join(text: str) -> str:
    """`HOST[:PORT]` as `HOST:PORT`; a server behind TLS or a reverse proxy as its whole URL: `https://HOST[:PORT][/PATH]`."""
    scheme, separator, rest = text.strip().partition("://")
    is_secure = scheme.lower() in ("https", "wss") and bool(separator)
    if not is_secure and "/" not in (rest if separator else scheme).rstrip("/"):
        return server_address(text)
    from spacetimedb_sdk.http import HttpClient  # not needed by who plays at home, and slow to import

    try:
        return HttpClient(text.strip()).server_url
    except ConnectError as error:
        raise argparse.ArgumentTypeError(error.reason) from None


def server_address(text: str) -> str:
    """`HOST[:PORT]`, also with `http://` or `ws://` before it, as `HOST:PORT`."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme.lower() not in ("http", "ws"):
        raise argparse.ArgumentTypeError(
            gettext("{text!r}: write HOST:PORT without {scheme}://").format(text=text, scheme=scheme)
        )
    address = (rest if separator else text).rstrip("/")
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        host, port = address, str(DEFAULT_PORT)
    if (
        not host
        or (":" in host and not (host.startswith("[") and host.endswith("]") and _is_ipv6(host[1:-1])))
        or any(c.isspace() or c in "/?#@" for c in host)
    ):
        raise argparse.ArgumentTypeError(
            gettext("{text!r} is not HOST:PORT, for example 127.0.0.1:3000").format(text=text)
        )
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise argparse.ArgumentTypeError(
            gettext("{text!r}: the port is a number from 0 to 65535").format(text=text)
        )
    return f"{host}:{int(port)}"


def _as_typed(text: str) -> str:
    """A text as a plain keyboard has its letters: without what is not seen, with digits and signs of the usual width."""
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", seen).translate(_FULL_STOPS).strip()


def _without_punctuation(url: str) -> str:
    bare = url.rstrip(_PUNCTUATION)
    # What closes an IPv6 address belongs to it.
    return f"{bare}]" if bare.count("[") > bare.count("]") and url.startswith(f"{bare}]") else bare


def _is_ipv6(text: str) -> bool:
    try:
        return IPv6Address(text).scope_id is None
    except ValueError:
        return False


def _of_url(url: str, database: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        asked = parse_qs(parts.query).get("database")
    except ValueError as error:
        raise LauncherError(gettext("{url} is no address: {reason}").format(url=url, reason=error)) from error
    path = parts.path
    route = _ROUTE.match(path)
    if route is not None:
        path, database = route[1], unquote(route[2])
    elif asked:
        database = asked[0]
    return _address(urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, "", ""))), database


def _address(text: str) -> str:
    try:
        return address_to_join(text)
    except argparse.ArgumentTypeError as error:
        raise LauncherError(str(error)) from error
