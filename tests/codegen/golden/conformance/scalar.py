"""The public table `scalar`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Address, Identity, TimeDuration, Timestamp


@dataclass(frozen=True, slots=True)
class Scalar(TableRow):
    """One row of `scalar`; its class methods are the table."""

    primary_key: ClassVar[str] = "id"

    id: int
    a_bool: bool
    a_u8: int
    a_u16: int
    a_u64: int
    a_u128: int
    a_u256: int
    a_i8: int
    a_i16: int
    a_i32: int
    a_i64: int
    a_i128: int
    a_i256: int
    a_f32: float
    a_f64: float
    a_string: str
    an_identity: Identity
    a_connection_id: Address
    a_timestamp: Timestamp
    a_duration: TimeDuration

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            id: int = ...,
            a_bool: bool = ...,
            a_u8: int = ...,
            a_u16: int = ...,
            a_u64: int = ...,
            a_u128: int = ...,
            a_u256: int = ...,
            a_i8: int = ...,
            a_i16: int = ...,
            a_i32: int = ...,
            a_i64: int = ...,
            a_i128: int = ...,
            a_i256: int = ...,
            a_f32: float = ...,
            a_f64: float = ...,
            a_string: str = ...,
            an_identity: Identity = ...,
            a_connection_id: Address = ...,
            a_timestamp: Timestamp = ...,
            a_duration: TimeDuration = ...,
        ) -> Scalar: ...

    @classmethod
    def filter_by_id(cls, id: int) -> Scalar | None:
        """The row whose unique `id` equals the value, or None."""
        return cls._find("id", id)

    @classmethod
    def filter_by_a_bool(cls, a_bool: bool) -> Rows[Scalar]:
        """The rows whose `a_bool` equals the value."""
        return Scalar._filter("a_bool", a_bool)

    @classmethod
    def filter_by_a_u8(cls, a_u8: int) -> Rows[Scalar]:
        """The rows whose `a_u8` equals the value."""
        return Scalar._filter("a_u8", a_u8)

    @classmethod
    def filter_by_a_u16(cls, a_u16: int) -> Rows[Scalar]:
        """The rows whose `a_u16` equals the value."""
        return Scalar._filter("a_u16", a_u16)

    @classmethod
    def filter_by_a_u64(cls, a_u64: int) -> Rows[Scalar]:
        """The rows whose `a_u64` equals the value."""
        return Scalar._filter("a_u64", a_u64)

    @classmethod
    def filter_by_a_u128(cls, a_u128: int) -> Rows[Scalar]:
        """The rows whose `a_u128` equals the value."""
        return Scalar._filter("a_u128", a_u128)

    @classmethod
    def filter_by_a_u256(cls, a_u256: int) -> Rows[Scalar]:
        """The rows whose `a_u256` equals the value."""
        return Scalar._filter("a_u256", a_u256)

    @classmethod
    def filter_by_a_i8(cls, a_i8: int) -> Rows[Scalar]:
        """The rows whose `a_i8` equals the value."""
        return Scalar._filter("a_i8", a_i8)

    @classmethod
    def filter_by_a_i16(cls, a_i16: int) -> Rows[Scalar]:
        """The rows whose `a_i16` equals the value."""
        return Scalar._filter("a_i16", a_i16)

    @classmethod
    def filter_by_a_i32(cls, a_i32: int) -> Rows[Scalar]:
        """The rows whose `a_i32` equals the value."""
        return Scalar._filter("a_i32", a_i32)

    @classmethod
    def filter_by_a_i64(cls, a_i64: int) -> Rows[Scalar]:
        """The rows whose `a_i64` equals the value."""
        return Scalar._filter("a_i64", a_i64)

    @classmethod
    def filter_by_a_i128(cls, a_i128: int) -> Rows[Scalar]:
        """The rows whose `a_i128` equals the value."""
        return Scalar._filter("a_i128", a_i128)

    @classmethod
    def filter_by_a_i256(cls, a_i256: int) -> Rows[Scalar]:
        """The rows whose `a_i256` equals the value."""
        return Scalar._filter("a_i256", a_i256)

    @classmethod
    def filter_by_a_f32(cls, a_f32: float) -> Rows[Scalar]:
        """The rows whose `a_f32` equals the value."""
        return Scalar._filter("a_f32", a_f32)

    @classmethod
    def filter_by_a_f64(cls, a_f64: float) -> Rows[Scalar]:
        """The rows whose `a_f64` equals the value."""
        return Scalar._filter("a_f64", a_f64)

    @classmethod
    def filter_by_a_string(cls, a_string: str) -> Rows[Scalar]:
        """The rows whose `a_string` equals the value."""
        return Scalar._filter("a_string", a_string)

    @classmethod
    def filter_by_an_identity(cls, an_identity: Identity) -> Rows[Scalar]:
        """The rows whose `an_identity` equals the value."""
        return Scalar._filter("an_identity", an_identity)

    @classmethod
    def filter_by_a_connection_id(cls, a_connection_id: Address) -> Rows[Scalar]:
        """The rows whose `a_connection_id` equals the value."""
        return Scalar._filter("a_connection_id", a_connection_id)

    @classmethod
    def filter_by_a_timestamp(cls, a_timestamp: Timestamp) -> Rows[Scalar]:
        """The rows whose `a_timestamp` equals the value."""
        return Scalar._filter("a_timestamp", a_timestamp)

    @classmethod
    def filter_by_a_duration(cls, a_duration: TimeDuration) -> Rows[Scalar]:
        """The rows whose `a_duration` equals the value."""
        return Scalar._filter("a_duration", a_duration)
