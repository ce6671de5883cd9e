"""The codec of a union of messages, whose functions are written for each kind of message when the first of it comes or goes.

One function for all kinds would have hundreds of local variables, which the interpreter clears at each call, and would be
compiled whole for a connection that meets three kinds out of eleven.
"""

from __future__ import annotations

from typing import Any

from ...errors import DecodeError
from ..algebraic_type import Ref, SumType
from .codec import BAD_BYTES, Codec, CodecSpace, Decode, Encode
from .explain import explain

__all__ = ["UnionCodec"]


class UnionCodec(Codec):
    """`union` is a slot of `space` that holds a sum of products, each bound to a class."""

    __slots__ = ("_decoders",)

    def __init__(self, space: CodecSpace, union: Ref, name: str) -> None:
        type_ = space.typespace.resolve(union)
        assert isinstance(type_, SumType)
        kinds = [variant.type for variant in type_.variants]
        self._decoders = decoders = _Decoders(space, kinds, name)
        encoders = _Encoders(space, kinds)

        def decode(data: bytes, position: int) -> tuple[Any, int]:
            return decoders[data[position]](data, position + 1)

        def encode(out: bytearray, value: object) -> None:
            tag, encode_kind = encoders[type(value)]
            out.append(tag)
            encode_kind(out, value)

        super().__init__(name, None, encode, decode, lambda value: explain(space.layout, union, value))

    def decode(self, data: bytes, start: int = 0) -> Any:
        """As of any codec, without a step in between: each message passes it."""
        try:
            value, end = self._decoders[data[start]](data, start + 1)
        except BAD_BYTES as error:
            raise DecodeError(f"{self.name}: {error}") from error
        if end != len(data):
            raise self._wrong_end(data, end)
        return value


class _Decoders(dict[int, Decode]):
    """By tag."""

    def __init__(self, space: CodecSpace, kinds: list[Any], name: str) -> None:
        super().__init__()
        self._space, self._kinds, self._name = space, kinds, name

    def __missing__(self, tag: int) -> Decode:
        if tag >= len(self._kinds):
            raise DecodeError(f"{self._name}: there is no variant {tag}")
        made = self[tag] = self._space.decoder(self._kinds[tag], self._name)
        return made


class _Encoders(dict[type, tuple[int, Encode]]):
    """By class, with the tag that says which it is."""

    def __init__(self, space: CodecSpace, kinds: list[Any]) -> None:
        super().__init__()
        self._space, self._kinds = space, kinds

    def __missing__(self, cls: type) -> tuple[int, Encode]:
        classes = [self._space.classes.get(kind.index) for kind in self._kinds]
        tag = classes.index(cls)  # ValueError for what is no message of the union
        made = self[cls] = tag, self._space.encoder(self._kinds[tag])[0]
        return made
