"""SATS-JSON decoders (spec: sats-json.md), closed over one type each.

They take every spelling of section 2: products as objects or arrays, sums as one-key objects or `[tag, payload]`.
"""

from __future__ import annotations

import json
import math
import re
import reprlib
import struct
from collections.abc import Callable
from typing import Any, NoReturn
from uuid import UUID

from ...errors import DecodeError
from ...types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp
from ..algebraic_type import (
    BYTES,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
    is_unit,
    option_of,
    result_of,
    special_name,
)
from ..bsatn.codec import CodecSpace
from ..bsatn.fast_build import fast_build_of
from ..bsatn.layout import fields_of
from .encoding import JsonEncoder, json_encoder
from .per_type import PerType

__all__ = ["JsonDecoder", "JsonEncoder", "json_decoder", "json_encoder", "parse_json"]

JsonDecoder = Callable[[object], Any]
_F32 = struct.Struct("<f")
_HEX_NUMBER = re.compile("[+-]?0x[0-9a-fA-F]+")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_PARSER = json.JSONDecoder(parse_constant=_no_constant)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"duplicate field {reprlib.repr(name)}")
            seen.add(name)
    return found


def _signed_zero(text: str) -> float:
    """`-0` is the float, as the servers read it, and no integer."""
    return -0.0 if text == "-0" else int(text)


# For what people write; what servers write is read without a look at each object and number.
_STRICT_PARSER = json.JSONDecoder(
    parse_constant=_no_constant, parse_int=_signed_zero, object_pairs_hook=_each_once
)


def parse_json(text: str, *, strict: bool = False) -> Any:
    """The parsed text. DecodeError for what is no JSON, is nested too deeply, or has numbers too long to read.

    With `strict` it is read to the letter: an object that names a field twice is a DecodeError, `-0` a float.
    """
    try:
        return (_STRICT_PARSER if strict else _PARSER).decode(text)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"no JSON that can be read: {error}") from error


def json_decoder(space: CodecSpace, type_: AlgebraicType, *, null_is_nan: bool = False) -> JsonDecoder:
    """A function from parsed JSON to the value. It raises DecodeError, which names what was found.

    Servers write a float that is no number as null: with `null_is_nan` it is read back as NaN.
    """
    made = _Decoder(space, null_is_nan).of(type_)

    def decode(value: object) -> Any:
        try:
            return made(value)
        except RecursionError as error:
            raise DecodeError("the value is nested too deeply") from error

    return decode


def _mismatch(what: str, found: object) -> DecodeError:
    return DecodeError(f"expected {what}, found {reprlib.repr(found)}")


class _Decoder(PerType):
    def __init__(self, space: CodecSpace, null_is_nan: bool) -> None:
        super().__init__(space)
        self.null_is_nan = null_is_nan

    def _resolved(self, type_: AlgebraicType, bound: object) -> JsonDecoder:
        special = special_name(type_)
        if special in _SPECIAL:
            return _newtype(_SPECIAL[special], type_)
        if type_ == BYTES:
            return _bytes
        match type_:
            case PrimitiveType("F32" | "F64" as name):
                return self._float(name)
            case PrimitiveType(name):
                return _primitive(name)
            case ArrayType(element):
                return _array(self.of(element))
            case ProductType():
                return self._product(type_, bound)
            case SumType():
                return self._sum(type_, bound)
            case Ref():
                return self.of(type_)

    def _float(self, name: str) -> JsonDecoder:
        read = _float32 if name == "F32" else _float64
        if not self.null_is_nan:
            return read
        return lambda value: math.nan if value is None else read(value)

    def _product(self, type_: ProductType, bound: object) -> JsonDecoder:
        names = [element.name for element in type_.elements]
        parts = [self.of(element.type) for element in type_.elements]
        make = _constructor(type_, bound)
        what = f"an object or array of {', '.join(map(str, names)) or 'nothing'}"

        def decode(value: object) -> Any:
            if type(value) is dict and len(value) == len(names):
                try:
                    value = [value[name] for name in names]
                except KeyError:
                    raise _mismatch(what, value) from None
            if type(value) is not list or len(value) != len(parts):
                raise _mismatch(what, value)
            return make(*[part(item) for part, item in zip(parts, value, strict=True)])

        return decode

    def _sum(self, type_: SumType, bound: object) -> JsonDecoder:
        parts = [self.of(variant.type) for variant in type_.variants]
        tags = {variant.name: tag for tag, variant in enumerate(type_.variants)}
        make = self._variant_maker(type_, bound)
        is_option = option_of(type_) is not None
        example = next((variant for variant in type_.variants), None)
        form = (
            ""
            if example is None
            else f', as {{"{example.name}": {"[]" if is_unit(example.type) else "..."}}}'
        )
        what = f"one of {', '.join(map(str, tags))}{form}"

        def decode(value: object) -> Any:
            if value is None and is_option:
                return None
            if type(value) is dict and len(value) == 1:
                ((tag, payload),) = value.items()
                if tag.isascii() and tag.isdecimal() and len(tag) <= 3:
                    tag = int(tag)
            elif type(value) is list and len(value) == 2:
                tag, payload = value
                if type(tag) is str and tag.isascii() and tag.isdecimal() and len(tag) <= 3:
                    tag = int(tag)
            else:
                raise _mismatch(what, value)
            if type(tag) is str:
                tag = tags.get(tag)
            if type(tag) is not int or not 0 <= tag < len(parts):
                raise _mismatch(what, value)
            return make(tag, parts[tag](payload))

        return decode

    def _variant_maker(self, type_: SumType, bound: Any) -> Callable[[int, Any], object]:
        inner = option_of(type_)
        if bound is not None:
            variants = getattr(bound, "__sats_variants__", None)
            if variants is None:
                return lambda tag, payload: bound(tag)
            if getattr(bound, "__sats_bare__", False):
                return lambda tag, payload: payload
            units = [is_unit(variant.type) for variant in type_.variants]
            return lambda tag, payload: variants[tag]() if units[tag] else variants[tag](payload)
        if inner is not None:
            nested = option_of(self.space.typespace.resolve(inner)) is not None
            return lambda tag, payload: None if tag else Some(payload) if nested else payload
        if result_of(type_) is not None:
            return lambda tag, payload: Err(payload) if tag else Ok(payload)
        if special_name(type_) == "ScheduleAt":
            return lambda tag, payload: (ScheduleAt.Time if tag else ScheduleAt.Interval)(payload)
        return lambda tag, payload: (tag, payload)


def _constructor(type_: ProductType, bound: object) -> Callable[..., object]:
    if bound is None:
        # A product that is no class of its own stays a tuple.
        return lambda *values: values
    return fast_build_of(bound, fields_of(bound, type_)).build


def _array(item: JsonDecoder) -> JsonDecoder:
    def decode(value: object) -> list[object]:
        if type(value) is not list:
            raise _mismatch("an array", value)
        return [item(part) for part in value]

    return decode


def _bytes(value: object) -> bytes:
    try:
        # Python reads spaces too, and takes True for 1.
        if type(value) is str and " " not in value and value.isprintable():
            return bytes.fromhex(value)
        if type(value) is list and bool not in map(type, value):
            return bytes(value)
    except (ValueError, TypeError):
        pass
    raise _mismatch("hex digits or numbers 0..255", value)


def _primitive(name: str) -> JsonDecoder:
    if name == "String":
        return _string
    if name == "Bool":
        return _bool
    bits = int(name[1:])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "I" else (0, (1 << bits) - 1)

    def integer(value: object) -> int:
        number = _hex_number(value) if bits == 256 else value
        if type(number) is not int or not low <= number <= high:
            raise _mismatch(name, value)
        return number

    return integer


def _string(value: object) -> str:
    if type(value) is not str:
        raise _mismatch("a string", value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _mismatch("a string without lone surrogates", value) from None
    return value


def _bool(value: object) -> bool:
    if type(value) is not bool:
        raise _mismatch("true or false", value)
    return value


def _hex_number(value: object) -> int:
    if type(value) is str and _HEX_NUMBER.fullmatch(value):
        return int(value, 16)
    raise _mismatch('a number as "0x..."', value)


def _float64(value: object) -> float:
    if type(value) is float or type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise _mismatch("a number", value)


def _float32(value: object) -> float:
    number = _float64(value)
    try:
        rounded: float = _F32.unpack(_F32.pack(number))[0]
    except OverflowError:  # as the servers round it
        return math.copysign(math.inf, number)
    return rounded


_SPECIAL: dict[str | None, Callable[[Any], object]] = {
    "Identity": lambda number: Identity.from_le(number.to_bytes(32, "little")),
    "ConnectionId": lambda number: Address.from_le(number.to_bytes(16, "little")),
    "Timestamp": Timestamp,
    "TimeDuration": TimeDuration,
    "Uuid": lambda number: UUID(int=number),
}


def _newtype(make: Callable[[Any], object], type_: AlgebraicType) -> JsonDecoder:
    assert isinstance(type_, ProductType)
    (element,) = type_.elements
    assert isinstance(element.type, PrimitiveType)
    inner, key = _primitive(element.type.name), element.name or ""

    def decode(value: object) -> Any:
        if type(value) is dict and len(value) == 1 and key in value:
            return make(inner(value[key]))
        if type(value) is not list or len(value) != 1:
            raise _mismatch(f'{{"{key}": ...}}', value)
        return make(inner(value[0]))

    return decode
