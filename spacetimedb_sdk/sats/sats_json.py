"""SATS-JSON codecs (spec: sats-json.md), closed over one type each.

Decoding takes every spelling of section 2: products as objects or arrays, sums as one-key objects or `[tag, payload]`.
Encoding is either the *named* flavour or, with `positional`, the one of stored rows.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any
from uuid import UUID

from ..errors import DecodeError
from ..types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp
from .algebraic_type import (
    BYTES,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    option_of,
    result_of,
    special_name,
)
from .codec import CodecSpace
from .json_encoding import json_encoder

__all__ = ["json_decoder", "json_encoder"]

JsonDecoder = Callable[[Any], Any]
_F32 = struct.Struct("<f")


def json_decoder(space: CodecSpace, type_: AlgebraicType) -> JsonDecoder:
    """A function from parsed JSON to the value. It raises DecodeError, which names what was found."""
    return _decoder(space, type_, {})


def _expect(condition: bool, what: str, found: Any) -> None:
    if not condition:
        raise DecodeError(f"expected {what}, found {found!r:.80}")


def _decoder(space: CodecSpace, type_: AlgebraicType, slots: dict[int, JsonDecoder]) -> JsonDecoder:
    if isinstance(type_, Ref):
        if type_.index not in slots:
            # A recursive type meets its own decoder through this name before that is made.
            slots[type_.index] = lambda value: made(value)
            made = _resolved(space, space.typespace.resolve(type_), space.classes.get(type_.index), slots)
            slots[type_.index] = made
        return slots[type_.index]
    return _resolved(space, type_, None, slots)


def _resolved(
    space: CodecSpace, type_: AlgebraicType, bound: Any, slots: dict[int, JsonDecoder]
) -> JsonDecoder:
    special = special_name(type_)
    if special in _SPECIAL:
        return _newtype(_SPECIAL[special], type_)
    if type_ == BYTES:
        return _bytes
    match type_:
        case PrimitiveType(name):
            return _primitive(name)
        case ArrayType(element):
            item = _decoder(space, element, slots)
            return lambda value: [item(part) for part in _list(value)]
        case ProductType():
            return _product(space, type_, bound, slots)
        case SumType():
            return _sum(space, type_, bound, slots)
        case Ref():
            return _decoder(space, type_, slots)


def _list(value: Any) -> list[Any]:
    _expect(isinstance(value, list), "an array", value)
    return list(value)


def _bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else bytes(_list(value))
    except (ValueError, TypeError) as error:
        raise DecodeError(f"expected hex digits or numbers 0..255, found {value!r:.80}") from error


def _primitive(name: str) -> JsonDecoder:
    if name == "String":
        return lambda value: _is(value, str, "a string")
    if name == "Bool":
        return lambda value: _is(value, bool, "true or false")
    if name in ("F32", "F64"):
        return _float32 if name == "F32" else _float
    bits = int(name[1:])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "I" else (0, (1 << bits) - 1)

    def integer(value: Any) -> int:
        number = _hex_number(value) if bits == 256 else value
        fits = isinstance(number, int) and not isinstance(number, bool) and low <= number <= high
        _expect(fits, name, value)
        return int(number)

    return integer


def _is(value: Any, type_: type, what: str) -> Any:
    _expect(isinstance(value, type_), what, value)
    return value


def _hex_number(value: Any) -> int:
    _expect(isinstance(value, str) and value.lstrip("+-").startswith("0x"), 'a number as "0x..."', value)
    try:
        return int(value, 16)
    except ValueError as error:
        raise DecodeError(f"expected hex digits, found {value!r:.80}") from error


def _float(value: Any) -> float:
    _expect(isinstance(value, (int, float)) and not isinstance(value, bool), "a number", value)
    return float(value)


def _float32(value: Any) -> float:
    try:
        rounded: float = _F32.unpack(_F32.pack(_float(value)))[0]
    except OverflowError as error:
        raise DecodeError(f"{value!r} does not fit F32") from error
    return rounded


_SPECIAL: dict[str | None, Callable[[Any], Any]] = {
    "Identity": lambda number: Identity.from_le(number.to_bytes(32, "little")),
    "ConnectionId": lambda number: Address.from_le(number.to_bytes(16, "little")),
    "Timestamp": Timestamp,
    "TimeDuration": TimeDuration,
    "Uuid": lambda number: UUID(int=number),
}


def _newtype(make: Callable[[Any], Any], type_: AlgebraicType) -> JsonDecoder:
    assert isinstance(type_, ProductType)
    (element,) = type_.elements
    assert isinstance(element.type, PrimitiveType)
    inner, key = _primitive(element.type.name), element.name or ""

    def decode(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {key}:
            return make(inner(value[key]))
        _expect(isinstance(value, list) and len(value) == 1, f'{{"{key}": ...}}', value)
        return make(inner(value[0]))

    return decode


def _product(space: CodecSpace, type_: ProductType, bound: Any, slots: dict[int, JsonDecoder]) -> JsonDecoder:
    names = [element.name for element in type_.elements]
    parts = [_decoder(space, element.type, slots) for element in type_.elements]
    # A sum's payload that is no class of its own stays a tuple.
    make: Callable[..., Any] = (lambda *values: values) if bound is None else bound

    def decode(value: Any) -> Any:
        if isinstance(value, dict):
            missing = [name for name in names if name not in value]
            _expect(not missing, f"the fields {', '.join(map(str, names))}", value)
            _expect(len(value) == len(names), f"only the fields {', '.join(map(str, names))}", value)
            value = [value[name] for name in names]
        _expect(isinstance(value, list) and len(value) == len(parts), f"{len(parts)} values", value)
        return make(*[part(item) for part, item in zip(parts, value, strict=True)])

    return decode


def _sum(space: CodecSpace, type_: SumType, bound: Any, slots: dict[int, JsonDecoder]) -> JsonDecoder:
    parts = [_decoder(space, variant.type, slots) for variant in type_.variants]
    tags = {variant.name: tag for tag, variant in enumerate(type_.variants)}
    make = _variant_maker(space, type_, bound)
    is_option = option_of(type_) is not None

    def decode(value: Any) -> Any:
        if value is None and is_option:
            return None
        if isinstance(value, dict) and len(value) == 1:
            ((key, payload),) = value.items()
            tag = int(key) if key.isdigit() else tags.get(key)
        else:
            _expect(isinstance(value, list) and len(value) == 2, f"one of {', '.join(map(str, tags))}", value)
            key, payload = value
            tag = tags.get(key) if isinstance(key, str) else key
        _expect(isinstance(tag, int) and 0 <= tag < len(parts), f"one of {', '.join(map(str, tags))}", value)
        assert isinstance(tag, int)
        return make(tag, parts[tag](payload))

    return decode


def _variant_maker(space: CodecSpace, type_: SumType, bound: Any) -> Callable[[int, Any], Any]:
    inner = option_of(type_)
    if bound is not None:
        variants = getattr(bound, "__sats_variants__", None)
        if variants is None:
            return lambda tag, payload: bound(tag)
        return lambda tag, payload: variants[tag]() if payload == () else variants[tag](payload)
    if inner is not None:
        nested = option_of(space.typespace.resolve(inner)) is not None
        return lambda tag, payload: None if tag else Some(payload) if nested else payload
    if result_of(type_) is not None:
        return lambda tag, payload: Err(payload) if tag else Ok(payload)
    if special_name(type_) == "ScheduleAt":
        return lambda tag, payload: (ScheduleAt.Time if tag else ScheduleAt.Interval)(payload)
    return lambda tag, payload: (tag, payload)
