"""The codecs that a client offers a server, each loaded when the server chooses it: most of them never are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from .subprotocol import ProtocolSchema, SubprotocolCodec

__all__ = ["SUBPROTOCOLS", "OfferedCodecs"]


class CodecClass(Protocol):
    """What makes the codec of one subprotocol."""

    def __call__(self, schema: ProtocolSchema, *, message_limit: int) -> SubprotocolCodec: ...


def _v1_bsatn() -> CodecClass:
    from .v1_bsatn import V1Bsatn

    return V1Bsatn


def _v1_json() -> CodecClass:
    from .v1_json import V1Json

    return V1Json


def _v2_bsatn() -> CodecClass:
    from .v2_bsatn import V2Bsatn

    return V2Bsatn


def _v3_bsatn() -> CodecClass:
    from .v2_bsatn import V3Bsatn

    return V3Bsatn


# Imports written out, not names of modules: what packs a program into one file has to see them.
_CLASSES: dict[str, Callable[[], CodecClass]] = {
    "v1.bsatn.spacetimedb": _v1_bsatn,
    "v1.json.spacetimedb": _v1_json,
    "v2.bsatn.spacetimedb": _v2_bsatn,
    "v3.bsatn.spacetimedb": _v3_bsatn,
}
# By their names in `Sec-WebSocket-Protocol`.
SUBPROTOCOLS = tuple(_CLASSES)


class OfferedCodecs(Mapping[str, SubprotocolCodec]):
    """A codec for each of `subprotocols`, made at the first look at it; from any thread."""

    def __init__(self, subprotocols: tuple[str, ...], schema: ProtocolSchema, *, message_limit: int) -> None:
        self._subprotocols = subprotocols
        self._schema = schema
        self._message_limit = message_limit
        self._made: dict[str, SubprotocolCodec] = {}

    def __getitem__(self, subprotocol: str) -> SubprotocolCodec:
        made = self._made.get(subprotocol)
        if made is None:
            if subprotocol not in self._subprotocols:
                raise KeyError(subprotocol)
            cls = _CLASSES[subprotocol]()
            # Of two threads that come at once both get the one that is kept.
            made = self._made.setdefault(subprotocol, cls(self._schema, message_limit=self._message_limit))
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._subprotocols)

    def __len__(self) -> int:
        return len(self._subprotocols)
