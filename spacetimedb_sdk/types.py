"""The values of SpacetimeDB's special types (spec: bsatn.md section 3).

Numbers of 256 and 128 bits print most significant byte first; BSATN carries them reversed.
Times are whole microseconds, as on the wire, over the full range of an i64.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Generic, TypeAlias, TypeVar, overload

from .records import record

__all__ = [
    "Address",
    "ConnectionId",
    "Err",
    "Identity",
    "Ok",
    "ScheduleAt",
    "Some",
    "TimeDuration",
    "Timestamp",
]

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _FixedBytes:
    """A number shown as hex digits: `data` holds its bytes, most significant first."""

    __slots__ = ("_hash", "data")
    width: ClassVar[int]
    data: bytes

    def __init__(self, data: bytes | Iterable[int]) -> None:
        data = bytes(data)
        if len(data) != self.width:
            raise ValueError(
                f"{type(self).__name__} takes {self.width} bytes ({2 * self.width} hex digits), not {len(data)} bytes"
            )
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "_hash", hash(data))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    @classmethod
    def _of_hex(cls, string: str) -> bytes:
        digits = string.strip().lower().removeprefix("0x")
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            data = b""
        if len(data) != cls.width or len(digits) != 2 * cls.width:
            raise ValueError(f"{cls.__name__} takes {2 * cls.width} hex digits, not {string!r}")
        return data

    def to_le(self) -> bytes:
        """The BSATN form: least significant byte first."""
        return self.data[::-1]

    def __int__(self) -> int:
        return int.from_bytes(self.data, "big")

    def __str__(self) -> str:
        return self.data.hex()

    def __repr__(self) -> str:
        return f"{type(self).__name__}.from_string({self.data.hex()!r})"

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is type(self) and other.data == self.data)

    def __lt__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self.data < other.data)

    def __hash__(self) -> int:
        hashed: int = self._hash  # type: ignore[attr-defined]
        return hashed

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.data,))


class Identity(_FixedBytes):
    """Who a client is: 256 bits, 64 hex digits. Hashable; sorts by its digits."""

    __slots__ = ()
    width = 32

    @staticmethod
    def from_string(string: str) -> Identity:
        """The identity written as 64 hex digits, with or without `0x`. ValueError for anything else."""
        return Identity(Identity._of_hex(string))

    @staticmethod
    def from_bytes(data: bytes | Iterable[int]) -> Identity:
        """The identity whose hex digits are those of `data` (32 bytes)."""
        return Identity(data)

    @staticmethod
    def from_le(data: bytes) -> Identity:
        """The identity of 32 BSATN bytes."""
        return Identity(data[::-1])


class Address(_FixedBytes):
    """Which connection of an identity: 128 bits, 32 hex digits. All zero means none."""

    __slots__ = ()
    width = 16

    @staticmethod
    def from_string(string: str) -> Address | None:
        """The address written as 32 hex digits; None when all are zero. ValueError for anything else."""
        return Address._or_none(Address._of_hex(string))

    @staticmethod
    def from_bytes(data: bytes | Iterable[int]) -> Address | None:
        """The address whose hex digits are those of `data` (16 bytes); None when all are zero."""
        return Address._or_none(bytes(data))

    @staticmethod
    def from_le(data: bytes) -> Address:
        """The address of 16 BSATN bytes, zero or not: a column holds what it holds."""
        return Address(data[::-1])

    @staticmethod
    def random() -> Address:
        """A new address no other connection has."""
        return Address(os.urandom(16))

    @staticmethod
    def _or_none(data: bytes) -> Address | None:
        return Address(data) if any(data) or len(data) != Address.width else None


ConnectionId = Address


@record(order=True)
class TimeDuration:
    """A span of `micros` microseconds (i64), which may be negative."""

    micros: int

    def __init__(self, micros: int) -> None:
        # By hand, as are the next two: a table may have one in every row.
        object.__setattr__(self, "micros", micros)

    def __eq__(self, other: object) -> bool:
        return type(other) is TimeDuration and other.micros == self.micros

    def __hash__(self) -> int:
        return hash(self.micros)

    @staticmethod
    def from_timedelta(delta: timedelta) -> TimeDuration:
        return TimeDuration(delta // _MICROSECOND)

    @staticmethod
    def from_seconds(seconds: float) -> TimeDuration:
        return TimeDuration(round(seconds * 1_000_000))

    def to_timedelta(self) -> timedelta:
        """OverflowError beyond what timedelta holds (about 2.7 million years)."""
        return timedelta(microseconds=self.micros)

    @property
    def seconds(self) -> float:
        return self.micros / 1_000_000

    def __str__(self) -> str:
        """Seconds with their sign, as SpacetimeDB shows them: `+1.500000`."""
        seconds, micros = divmod(abs(self.micros), 1_000_000)
        return f"{'-' if self.micros < 0 else '+'}{seconds}.{micros:06}"

    def __add__(self, other: TimeDuration) -> TimeDuration:
        return TimeDuration(self.micros + other.micros) if isinstance(other, TimeDuration) else NotImplemented

    def __sub__(self, other: TimeDuration) -> TimeDuration:
        return TimeDuration(self.micros - other.micros) if isinstance(other, TimeDuration) else NotImplemented

    def __neg__(self) -> TimeDuration:
        return TimeDuration(-self.micros)


@record(order=True)
class Timestamp:
    """A moment, `micros` microseconds (i64) after 1970-01-01T00:00:00Z; may be before it."""

    micros: int

    def __init__(self, micros: int) -> None:
        # By hand, as are the next two: a table may have one in every row.
        object.__setattr__(self, "micros", micros)

    def __eq__(self, other: object) -> bool:
        return type(other) is Timestamp and other.micros == self.micros

    def __hash__(self) -> int:
        return hash(self.micros)

    @staticmethod
    def from_datetime(moment: datetime) -> Timestamp:
        """ValueError for a datetime without a time zone: whose clock would it be?"""
        if moment.tzinfo is None:
            raise ValueError("give the datetime a time zone, for instance datetime.now(timezone.utc)")
        return Timestamp((moment - _EPOCH) // _MICROSECOND)

    def to_datetime(self) -> datetime:
        """In UTC. OverflowError outside the years 1 to 9999."""
        return _EPOCH + timedelta(microseconds=self.micros)

    def __str__(self) -> str:
        """ISO 8601 in UTC: `2026-01-31T12:00:00.250000+00:00`. Outside the years 1 to 9999, which that cannot say, the
        microseconds since 1970."""
        try:
            return self.to_datetime().isoformat()
        except OverflowError:
            return f"{self.micros} us since 1970-01-01T00:00:00+00:00"

    def __add__(self, span: TimeDuration) -> Timestamp:
        return Timestamp(self.micros + span.micros) if isinstance(span, TimeDuration) else NotImplemented

    __radd__ = __add__

    @overload
    def __sub__(self, other: Timestamp) -> TimeDuration: ...
    @overload
    def __sub__(self, other: TimeDuration) -> Timestamp: ...
    def __sub__(self, other: Timestamp | TimeDuration) -> TimeDuration | Timestamp:
        """The span since another moment, or the moment a span before this one."""
        if isinstance(other, Timestamp):
            return TimeDuration(self.micros - other.micros)
        return Timestamp(self.micros - other.micros) if isinstance(other, TimeDuration) else NotImplemented


class ScheduleAt:
    """When a scheduled reducer runs: `ScheduleAt.Interval(TimeDuration)` or `ScheduleAt.Time(Timestamp)`."""

    __slots__ = ()
    Interval: TypeAlias = "ScheduleAtInterval"
    Time: TypeAlias = "ScheduleAtTime"


@record
class ScheduleAtInterval(ScheduleAt):
    """Again and again, `value` apart."""

    value: TimeDuration


@record
class ScheduleAtTime(ScheduleAt):
    """Once, at `value`."""

    value: Timestamp


setattr(ScheduleAt, "Interval", ScheduleAtInterval)  # noqa: B010 - the alias above is for type checkers
setattr(ScheduleAt, "Time", ScheduleAtTime)  # noqa: B010


@record
class Some(Generic[T]):
    """The present case of an option inside an option: `Some(None)` is not `None`."""

    value: T


@record
class Ok(Generic[T]):
    """The good case of a result."""

    value: T


@record
class Err(Generic[T]):
    """The bad case of a result."""

    error: T
