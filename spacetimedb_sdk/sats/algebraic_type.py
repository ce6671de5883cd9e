"""SpacetimeDB's algebraic types, and how the special ones are recognised (spec: bsatn.md sections 2 and 3)."""

from __future__ import annotations

from typing import Final, TypeAlias

from ..errors import SchemaError
from ..records import record

__all__ = [
    "BOOL",
    "BYTES",
    "CONNECTION_ID",
    "F32",
    "F64",
    "I8",
    "I16",
    "I32",
    "I64",
    "I128",
    "I256",
    "IDENTITY",
    "SCHEDULE_AT",
    "STRING",
    "TIMESTAMP",
    "TIME_DURATION",
    "U8",
    "U16",
    "U32",
    "U64",
    "U128",
    "U256",
    "UNIT",
    "UUID",
    "AlgebraicType",
    "ArrayType",
    "Element",
    "PrimitiveType",
    "ProductType",
    "Ref",
    "SumType",
    "Typespace",
    "is_plain_enum",
    "is_unit",
    "option",
    "option_of",
    "result",
    "result_of",
    "special_name",
]


@record
class Ref:
    """The type in slot `index` of the typespace."""

    index: int


@record
class PrimitiveType:
    """A number, `Bool` or `String`; `name` is the definition's own (`U32`)."""

    name: str

    def __repr__(self) -> str:
        return self.name


@record
class ArrayType:
    element: AlgebraicType


@record
class Element:
    """A field of a product or a variant of a sum; only anonymous types lack names."""

    name: str | None
    type: AlgebraicType


@record
class ProductType:
    elements: tuple[Element, ...] = ()


@record
class SumType:
    variants: tuple[Element, ...] = ()


AlgebraicType: TypeAlias = Ref | PrimitiveType | ArrayType | ProductType | SumType

BOOL: Final = PrimitiveType("Bool")
I8: Final = PrimitiveType("I8")
U8: Final = PrimitiveType("U8")
I16: Final = PrimitiveType("I16")
U16: Final = PrimitiveType("U16")
I32: Final = PrimitiveType("I32")
U32: Final = PrimitiveType("U32")
I64: Final = PrimitiveType("I64")
U64: Final = PrimitiveType("U64")
I128: Final = PrimitiveType("I128")
U128: Final = PrimitiveType("U128")
I256: Final = PrimitiveType("I256")
U256: Final = PrimitiveType("U256")
F32: Final = PrimitiveType("F32")
F64: Final = PrimitiveType("F64")
STRING: Final = PrimitiveType("String")
BYTES: Final = ArrayType(U8)
UNIT: Final = ProductType()


def _newtype(field: str, inner: AlgebraicType) -> ProductType:
    return ProductType((Element(field, inner),))


IDENTITY: Final = _newtype("__identity__", U256)
CONNECTION_ID: Final = _newtype("__connection_id__", U128)
TIMESTAMP: Final = _newtype("__timestamp_micros_since_unix_epoch__", I64)
TIME_DURATION: Final = _newtype("__time_duration_micros__", I64)
UUID: Final = _newtype("__uuid__", U128)
SCHEDULE_AT: Final = SumType((Element("Interval", TIME_DURATION), Element("Time", TIMESTAMP)))

_SPECIAL: Final[dict[AlgebraicType, str]] = {
    IDENTITY: "Identity",
    CONNECTION_ID: "ConnectionId",
    TIMESTAMP: "Timestamp",
    TIME_DURATION: "TimeDuration",
    UUID: "Uuid",
    SCHEDULE_AT: "ScheduleAt",
}


def option(inner: AlgebraicType) -> SumType:
    return SumType((Element("some", inner), Element("none", UNIT)))


def result(ok: AlgebraicType, err: AlgebraicType) -> SumType:
    return SumType((Element("ok", ok), Element("err", err)))


def is_unit(type_: AlgebraicType) -> bool:
    return isinstance(type_, ProductType) and not type_.elements


def option_of(type_: AlgebraicType) -> AlgebraicType | None:
    """The type an option wraps, or None when `type_` is no option."""
    match type_:
        case SumType((Element("some", inner), Element("none", ProductType(())))):
            return inner
    return None


def result_of(type_: AlgebraicType) -> tuple[AlgebraicType, AlgebraicType] | None:
    """The two types of a result, or None when `type_` is no result."""
    match type_:
        case SumType((Element("ok", ok), Element("err", err))):
            return ok, err
    return None


def is_plain_enum(type_: AlgebraicType) -> bool:
    """A sum with at least one variant, all of them units."""
    return (
        isinstance(type_, SumType)
        and bool(type_.variants)
        and all(is_unit(variant.type) for variant in type_.variants)
    )


def special_name(type_: AlgebraicType) -> str | None:
    """`Identity`, `ConnectionId`, `Timestamp`, `TimeDuration`, `Uuid`, `ScheduleAt`, or None: told by shape alone."""
    return _SPECIAL.get(type_)


@record
class Typespace:
    """The types a definition refers to by index."""

    types: tuple[AlgebraicType, ...] = ()

    def resolve(self, type_: AlgebraicType) -> AlgebraicType:
        """`type_` with outer Refs followed. SchemaError for an index beyond the typespace or a ring of Refs."""
        for _ in range(len(self.types) + 1):
            if not isinstance(type_, Ref):
                return type_
            if not 0 <= type_.index < len(self.types):
                raise SchemaError(
                    f"type reference {type_.index} is beyond the typespace of {len(self.types)} types"
                )
            type_ = self.types[type_.index]
        raise SchemaError("type references form a ring without a type in it")
