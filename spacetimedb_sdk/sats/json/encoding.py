"""Values to SATS-JSON, by way of their BSATN layout (spec: sats-json.md sections 1 to 3)."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any

from ...errors import EncodeError
from ...types import Err, ScheduleAt
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
from ..bsatn.layout import fields_of
from .per_type import PerType

__all__ = ["JsonEncoder", "json_encoder", "stored_json_encoder"]

JsonEncoder = Callable[[Any], object]
_F32 = struct.Struct("<f")


def json_encoder(
    space: CodecSpace, type_: AlgebraicType, *, positional: bool, nan_as_null: bool = True
) -> JsonEncoder:
    """A function from a value to what `json.dumps` takes. EncodeError for a value that does not fit the type.

    JSON has no NaN and no infinities. Servers write null in their place, and refuse null where a float should be:
    without `nan_as_null` such a value is an EncodeError.
    """
    check = space.codec(type_).encode
    made = _Encoder(space, positional, nan_as_null).of(type_)

    def encode(value: Any) -> object:
        check(value)
        return made(value)

    return encode


def stored_json_encoder(space: CodecSpace, type_: AlgebraicType) -> JsonEncoder:
    """From a row to what a server writes of it when it reads it out of a table (spec: sats-json.md section 3).

    Products have their names, sums do not; neither has what is inside an array.
    """
    return _StoredEncoder(space, positional=False, nan_as_null=True).of(type_)


def shortest_f32(value: float) -> float:
    """The float whose decimal text is the shortest that reads back as the same f32."""
    bits = _F32.pack(value)
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        # Near the largest f32 a shorter text may stand for more than an f32 holds.
        with suppress(OverflowError):
            if _F32.pack(short) == bits:
                return short
    return value


class _Encoder(PerType):
    def __init__(self, space: CodecSpace, positional: bool, nan_as_null: bool) -> None:
        super().__init__(space)
        self.positional = positional
        self.nan_as_null = nan_as_null

    def _resolved(self, type_: AlgebraicType, bound: object) -> JsonEncoder:
        special = special_name(type_)
        if special in _NUMBERS:
            assert isinstance(type_, ProductType)
            return self._newtype(type_, _NUMBERS[special])
        if type_ == BYTES:
            return lambda value: bytes(value).hex()
        match type_:
            case PrimitiveType("F32" | "F64" as name):
                return self._float(name)
            case PrimitiveType(name):
                return _primitive(name)
            case ArrayType(element):
                item = self.of(element)
                return lambda value: [item(part) for part in value]
            case ProductType():
                return self._product(type_, bound)
            case SumType():
                return self._sum(type_, bound)
            case Ref():
                return self.of(type_)

    def _float(self, name: str) -> JsonEncoder:
        round_ = shortest_f32 if name == "F32" else float

        def encode(value: Any) -> float | None:
            if math.isfinite(value):
                return round_(value)
            if self.nan_as_null:
                return None
            raise EncodeError(f"{value} cannot be sent as JSON: connect over a binary protocol to send it")

        return encode

    def _newtype(self, type_: ProductType, number: Callable[[Any], object]) -> JsonEncoder:
        key = type_.elements[0].name
        return (lambda value: [number(value)]) if self.positional else (lambda value: {key: number(value)})

    def _product(self, type_: ProductType, bound: object) -> JsonEncoder:
        names = [element.name for element in type_.elements]
        parts = [self.of(element.type) for element in type_.elements]
        fields = fields_of(bound, type_)

        def encode(value: Any) -> object:
            values = value if bound is None else [getattr(value, field) for field in fields]
            items = [part(item) for part, item in zip(parts, values, strict=True)]
            return items if self.positional else dict(zip(names, items, strict=True))

        return encode

    def _sum(self, type_: SumType, bound: object) -> JsonEncoder:
        parts = [self.of(variant.type) for variant in type_.variants]
        names = [variant.name for variant in type_.variants]
        split = self._splitter(type_, bound)

        def encode(value: Any) -> object:
            tag, payload = split(value)
            unit = is_unit(type_.variants[tag].type)
            inner = [] if unit else parts[tag](payload)
            return [tag, inner] if self.positional else {names[tag]: inner}

        return encode

    def _splitter(self, type_: SumType, bound: Any) -> Callable[[Any], tuple[int, Any]]:
        """From a value to its tag and payload."""
        if bound is not None:
            if isinstance(bound, type) and issubclass(bound, Enum):
                return lambda value: (value.value, ())
            tags = {cls: tag for tag, cls in enumerate(bound.__sats_variants__)}
            if getattr(bound, "__sats_bare__", False):
                return lambda value: (tags[type(value)], value)
            return lambda value: (tags[type(value)], getattr(value, "value", ()))
        inner = option_of(type_)
        if inner is not None:
            nested = option_of(self.space.typespace.resolve(inner)) is not None
            return lambda value: (1, ()) if value is None else (0, value.value if nested else value)
        if result_of(type_) is not None:
            return lambda value: (1, value.error) if isinstance(value, Err) else (0, value.value)
        if special_name(type_) == "ScheduleAt":
            return lambda value: (int(isinstance(value, ScheduleAt.Time)), value.value)
        return lambda value: value


class _StoredEncoder(_Encoder):
    """Tables do not keep the names of variants."""

    def _resolved(self, type_: AlgebraicType, bound: object) -> JsonEncoder:
        if isinstance(type_, ArrayType) and type_ != BYTES:
            return _Encoder(self.space, True, self.nan_as_null).of(type_)
        return super()._resolved(type_, bound)

    def _sum(self, type_: SumType, bound: object) -> JsonEncoder:
        parts = [self.of(variant.type) for variant in type_.variants]
        split = self._splitter(type_, bound)

        def encode(value: Any) -> object:
            tag, payload = split(value)
            return [tag, {} if is_unit(type_.variants[tag].type) else parts[tag](payload)]

        return encode


_NUMBERS: dict[str | None, Callable[[Any], object]] = {
    "Identity": lambda value: f"0x{int(value):x}",
    "ConnectionId": int,
    "Timestamp": lambda value: value.micros,
    "TimeDuration": lambda value: value.micros,
    "Uuid": int,
}


def _primitive(name: str) -> JsonEncoder:
    if name in ("U256", "I256"):
        return lambda value: f"{'-' if value < 0 else ''}0x{abs(value):x}"
    if name in ("String", "Bool"):
        return lambda value: value
    if name[0] in "IU":
        return int
    raise EncodeError(f"no JSON for {name}")
