"""HTTP requests inside a database: the host sends them, and what crosses to it is BSATN."""

from __future__ import annotations

from functools import cache

from ...sats.algebraic_type import (
    BYTES,
    STRING,
    TIME_DURATION,
    U16,
    UNIT,
    ArrayType,
    Element,
    ProductType,
    SumType,
    Typespace,
    option,
)
from ...sats.bsatn.codec import Codec, CodecSpace
from ..http import HttpRequest, HttpRequestError, HttpResponse
from .host import Host

__all__ = ["read_response", "request_codecs", "send_request", "write_request"]

_METHODS = ("Get", "Head", "Post", "Put", "Delete", "Connect", "Options", "Trace", "Patch")
_TAGS = {name.upper(): tag for tag, name in enumerate(_METHODS)}
_METHOD = SumType((*(Element(name, UNIT) for name in _METHODS), Element("Extension", STRING)))
_VERSION = SumType(tuple(Element(name, UNIT) for name in ("Http09", "Http10", "Http11", "Http2", "Http3")))
_HTTP_11 = 2, ()
_HEADERS = ProductType(
    (Element("entries", ArrayType(ProductType((Element("name", STRING), Element("value", BYTES))))),)
)
_REQUEST = ProductType(
    (
        Element("method", _METHOD),
        Element("headers", _HEADERS),
        Element("timeout", option(TIME_DURATION)),
        Element("uri", STRING),
        Element("version", _VERSION),
    )
)
_RESPONSE = ProductType((Element("headers", _HEADERS), Element("version", _VERSION), Element("code", U16)))


@cache
def request_codecs() -> tuple[Codec, Codec, Codec]:
    """Made when they are first asked for: few modules ask anybody."""
    space = CodecSpace(Typespace(()), {})
    return space.codec(_REQUEST), space.codec(_RESPONSE), space.codec(STRING)


def write_request(request: HttpRequest) -> bytes:
    tag = _TAGS.get(request.method)
    method = (len(_METHODS), request.method) if tag is None else (tag, ())
    headers = [(name, value.encode()) for name, value in request.headers]
    return request_codecs()[0].encode((method, (headers,), request.timeout, request.uri, _HTTP_11))


def read_response(head: bytes, body: bytes) -> HttpResponse:
    (pairs,), _version, status = request_codecs()[1].decode(head)
    # As every client reads what no header should hold: each byte is a letter.
    return HttpResponse(status, tuple((name.lower(), value.decode("latin-1")) for name, value in pairs), body)


def send_request(host: Host, request: HttpRequest) -> HttpResponse:
    """The host's answer. HttpRequestError with the host's words where there is none."""
    answered, head, body = host.http_request(write_request(request), request.body)
    if not answered:
        raise HttpRequestError(request_codecs()[2].decode(head))
    return read_response(head, body)
