"""Refusals: one table of sentences for what keeps a connection from coming about, over WebSocket and HTTP alike.

A program decides by `ConnectError.cause`; the sentence is for people and ends in what to do.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl

from ...errors import AuthenticationError, BadAddressError, ConnectCause, ConnectError, DatabaseNotFoundError

__all__ = [
    "REDIRECTS",
    "answer_text",
    "cause_of",
    "check_token",
    "connect_error",
    "goodbye_text",
    "page_instead",
    "servers_text",
    "status_cause",
]

# `{detail}` is what was found, already fit to be shown.
SENTENCES = {
    ConnectCause.BAD_ADDRESS: "{detail}",
    ConnectCause.BAD_TOKEN: "the token cannot be sent ({detail}): give it as the server issued it",
    ConnectCause.UNKNOWN_HOST: "no such host: check the spelling of the host name",
    ConnectCause.REFUSED: "nothing listens there: start the server, or check host and port",
    ConnectCause.UNREACHABLE: "there is no way to it ({detail}): check the network, and the address",
    ConnectCause.TIMED_OUT: "no answer within {detail}: check host, port and firewall",
    ConnectCause.PROXY: "the proxy in between failed ({detail}): check http_proxy and https_proxy, or name the host in no_proxy",
    ConnectCause.TLS: "TLS failed ({detail}): does the server speak TLS on this port, and who vouches for its certificate (SSL_CERT_FILE names a file of "
    "those to trust)?",
    ConnectCause.REDIRECTED: "the server says to go to {detail}: connect there yourself if you trust it, the token goes nowhere else",
    ConnectCause.UNAUTHORIZED: "the server refused the token ({detail}): use one it issued, or none to get a new identity",
    ConnectCause.FORBIDDEN: "the server does not let you in ({detail}): ask whoever runs it",
    ConnectCause.NO_DATABASE: "there is no database {detail} on it: check the name, or publish the module first",
    ConnectCause.VERSION: "it does not speak {detail}: its version is not supported",
    ConnectCause.UNAVAILABLE: "the server answered {detail}: it cannot serve now, try again later",
    ConnectCause.NOT_SPACETIMEDB: "{detail}: is it a SpacetimeDB, and is the port right?",
    ConnectCause.REJECTED: "{detail} before its first message: the module's connect reducer may have refused this client",
    ConnectCause.LOST: "the connection broke while it was being made ({detail}): is it a SpacetimeDB, and is the port right?",
    ConnectCause.CLOSED: "this client was closed meanwhile",
    ConnectCause.OTHER: "{detail}",
}
_CLASSES: dict[ConnectCause, type[ConnectError]] = {
    ConnectCause.BAD_ADDRESS: BadAddressError,
    ConnectCause.BAD_TOKEN: AuthenticationError,
    ConnectCause.UNAUTHORIZED: AuthenticationError,
    ConnectCause.NO_DATABASE: DatabaseNotFoundError,
}
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
REDIRECTS = range(300, 400)
# Up to the next `<` each, so that it takes no longer for a page that begins a thousand titles and ends none.
_TITLE = re.compile(r"<title[^<>]*>([^<]*)</title>", re.IGNORECASE)
# As much of a server's own text as a sentence holds.
TEXT_LENGTH = 200


def connect_error(place: str, cause: ConnectCause, detail: str = "") -> ConnectError:
    """The error for `cause`, of the class that belongs to it."""
    return _CLASSES.get(cause, ConnectError)(place, SENTENCES[cause].format(detail=detail), cause, detail)


def cause_of(error: Exception, timeout: float) -> tuple[ConnectCause, str]:
    """What an exception of the system means, and the detail its sentence needs."""
    detail = servers_text(getattr(error, "strerror", None) or str(error)) or type(error).__name__
    match error:
        case ssl.SSLCertVerificationError():
            return ConnectCause.TLS, servers_text(error.verify_message) or detail
        case ssl.SSLError():
            return ConnectCause.TLS, servers_text(error.reason or "") or detail
        case TimeoutError():
            return ConnectCause.TIMED_OUT, f"{timeout:g} s"
        case ConnectionRefusedError():
            return ConnectCause.REFUSED, detail
        case socket.gaierror() | UnicodeError():
            return ConnectCause.UNKNOWN_HOST, detail
        case OSError() if error.errno in _UNREACHABLE:
            return ConnectCause.UNREACHABLE, detail
        case OSError():
            return ConnectCause.LOST, detail
    return ConnectCause.NOT_SPACETIMEDB, "what answers there is no answer"


def status_cause(status: int) -> ConnectCause:
    """What a status that is no success means to who wants to connect."""
    if status == 401:
        return ConnectCause.UNAUTHORIZED
    if status == 403:
        return ConnectCause.FORBIDDEN
    if status == 404:
        return ConnectCause.NO_DATABASE
    if status in REDIRECTS:
        return ConnectCause.REDIRECTED
    if status in (429, 502, 503, 504):
        return ConnectCause.UNAVAILABLE
    return ConnectCause.NOT_SPACETIMEDB


def goodbye_text(code: int | None, text: str, token: str | None) -> str:
    """What a server closed a connection with, as an error says it."""
    text = servers_text(text, token)
    return f"the server closed it with {code or 'no code'}{f' ({text})' if text else ''}"


def servers_text(text: str, token: str | None = None, length: int = TEXT_LENGTH) -> str:
    """A text of others, fit for an error, a log and a terminal: on one line, not too long, without the token."""
    if token:
        text = text.replace(token, "<token>")
    line = " ".join(text.split())
    shown = "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in line[:length]
    )
    return f"{shown}..." if len(line) > length else shown


def answer_text(body: bytes, token: str | None = None) -> tuple[str, bool]:
    """What an answer says, fit to be shown, and whether it is a page of HTML: of one, as web servers and proxies answer with,
    no more than its title."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return servers_text(text, token), False
    from html import unescape  # its table of names is large, and pages are rare

    title = _TITLE.search(text)
    named = servers_text(unescape(title[1]), token) if title else ""
    return (f"a web page, {named!r}" if named else "a web page"), True


def page_instead(place: str, status: int, shown: str) -> ConnectError:
    """The error for a page in the place of what a SpacetimeDB answers."""
    detail = f"a web server answered {status} for {place}, whose path may be another ({shown})"
    return connect_error(place, ConnectCause.NOT_SPACETIMEDB, detail)


def check_token(place: str, token: str | None) -> str | None:
    """The token as a header takes it: blanks at its ends, which files and shells leave there, are no part of it.

    AuthenticationError for what cannot be in a header; it says where the fault is, and nothing of the token.
    """
    if token is None:
        return None
    if not isinstance(token, str):
        raise connect_error(place, ConnectCause.BAD_TOKEN, f"it is {type(token).__name__}, not str")
    bare = token.strip()
    for position, character in enumerate(bare):
        if not "!" <= character <= "~":
            fault = f"its character {position + 1} of {len(bare)} cannot be in a header"
            raise connect_error(place, ConnectCause.BAD_TOKEN, fault)
    return bare or None
