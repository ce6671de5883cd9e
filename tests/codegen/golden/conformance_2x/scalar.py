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
    a_u_8: int
    a_u_16: int
    a_u_64: int
    a_u_128: int
    a_u_256: int
    a_i_8: int
    a_i_16: int
    a_i_32: int
    a_i_64: int
    a_i_128: int
    a_i_256: int
    a_f_32: float
    a_f_64: float
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
            a_u_8: int = ...,
            a_u_16: int = ...,
            a_u_64: int = ...,
            a_u_128: int = ...,
            a_u_256: int = ...,
            a_i_8: int = ...,
            a_i_16: int = ...,
            a_i_32: int = ...,
            a_i_64: int = ...,
            a_i_128: int = ...,
            a_i_256: int = ...,
            a_f_32: float = ...,
            a_f_64: float = ...,
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
    def filter_by_a_u_8(cls, a_u_8: int) -> Rows[Scalar]:
        """The rows whose `a_u_8` equals the value."""
        return Scalar._filter("a_u_8", a_u_8)

    @classmethod
    def filter_by_a_u_16(cls, a_u_16: int) -> Rows[Scalar]:
        """The rows whose `a_u_16` equals the value."""
        return Scalar._filter("a_u_16", a_u_16)

    @classmethod
    def filter_by_a_u_64(cls, a_u_64: int) -> Rows[Scalar]:
        """The rows whose `a_u_64` equals the value."""
        return Scalar._filter("a_u_64", a_u_64)

    @classmethod
    def filter_by_a_u_128(cls, a_u_128: int) -> Rows[Scalar]:
        """The rows whose `a_u_128` equals the value."""
        return Scalar._filter("a_u_128", a_u_128)

    @classmethod
    def filter_by_a_u_256(cls, a_u_256: int) -> Rows[Scalar]:
        """The rows whose `a_u_256` equals the value."""
        return Scalar._filter("a_u_256", a_u_256)

    @classmethod
    def filter_by_a_i_8(cls, a_i_8: int) -> Rows[Scalar]:
        """The rows whose `a_i_8` equals the value."""
        return Scalar._filter("a_i_8", a_i_8)

    @classmethod
    def filter_by_a_i_16(cls, a_i_16: int) -> Rows[Scalar]:
        """The rows whose `a_i_16` equals the value."""
        return Scalar._filter("a_i_16", a_i_16)

    @classmethod
    def filter_by_a_i_32(cls, a_i_32: int) -> Rows[Scalar]:
        """The rows whose `a_i_32` equals the value."""
        return Scalar._filter("a_i_32", a_i_32)

    @classmethod
    def filter_by_a_i_64(cls, a_i_64: int) -> Rows[Scalar]:
        """The rows whose `a_i_64` equals the value."""
        return Scalar._filter("a_i_64", a_i_64)

    @classmethod
    def filter_by_a_i_128(cls, a_i_128: int) -> Rows[Scalar]:
        """The rows whose `a_i_128` equals the value."""
        return Scalar._filter("a_i_128", a_i_128)

    @classmethod
    def filter_by_a_i_256(cls, a_i_256: int) -> Rows[Scalar]:
        """The rows whose `a_i_256` equals the value."""
        return Scalar._filter("a_i_256", a_i_256)

    @classmethod
    def filter_by_a_f_32(cls, a_f_32: float) -> Rows[Scalar]:
        """The rows whose `a_f_32` equals the value."""
        return Scalar._filter("a_f_32", a_f_32)

    @classmethod
    def filter_by_a_f_64(cls, a_f_64: float) -> Rows[Scalar]:
        """The rows whose `a_f_64` equals the value."""
        return Scalar._filter("a_f_64", a_f_64)

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
