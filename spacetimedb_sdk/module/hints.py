"""From a Python type hint to the algebraic type it stands for (spec: bsatn.md sections 2 and 3)."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, TypeAlias
from uuid import UUID as PythonUuid

from ..sats import algebraic_type as sats
from ..sats.algebraic_type import AlgebraicType, ArrayType, PrimitiveType, option, result
from ..types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp

__all__ = [
    "HintError",
    "algebraic_type_of",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "i256",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "u256",
]

i8: TypeAlias = Annotated[int, sats.I8]
i16: TypeAlias = Annotated[int, sats.I16]
i32: TypeAlias = Annotated[int, sats.I32]
i64: TypeAlias = Annotated[int, sats.I64]
i128: TypeAlias = Annotated[int, sats.I128]
i256: TypeAlias = Annotated[int, sats.I256]
u8: TypeAlias = Annotated[int, sats.U8]
u16: TypeAlias = Annotated[int, sats.U16]
u32: TypeAlias = Annotated[int, sats.U32]
u64: TypeAlias = Annotated[int, sats.U64]
u128: TypeAlias = Annotated[int, sats.U128]
u256: TypeAlias = Annotated[int, sats.U256]
f32: TypeAlias = Annotated[float, sats.F32]
f64: TypeAlias = Annotated[float, sats.F64]

_PLAIN: dict[object, AlgebraicType] = {
    bool: sats.BOOL,
    str: sats.STRING,
    bytes: sats.BYTES,
    Identity: sats.IDENTITY,
    Address: sats.CONNECTION_ID,
    Timestamp: sats.TIMESTAMP,
    TimeDuration: sats.TIME_DURATION,
    ScheduleAt: sats.SCHEDULE_AT,
    PythonUuid: sats.UUID,
}
_REMEDIES: dict[object, str] = {
    int: "say how wide the integer is: i8 ... i256 or u8 ... u256",
    float: "say how wide the number is: f32 or f64",
    list: "say what the list holds: list[i32]",
    dict: "there are no maps: use list[...] of a @module.type class, or a table",
    set: "there are no sets: use list[...]",
    tuple: "there are no tuples: use a @module.type class",
}


class HintError(Exception):
    """A hint that stands for no type; the text names the remedy. Becomes a ModuleError with a place."""


def algebraic_type_of(hint: Any, class_type: Callable[[Any], AlgebraicType | None]) -> AlgebraicType:
    """The type of a resolved `hint`; `class_type` gives that of the module's own classes. HintError where none is."""
    if typing.get_origin(hint) is Annotated:
        for note in hint.__metadata__:
            if isinstance(note, PrimitiveType):
                return note
        return algebraic_type_of(hint.__origin__, class_type)
    plain = _PLAIN.get(hint) if isinstance(hint, type) else None
    if plain is not None:
        return plain
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        item = algebraic_type_of(arguments[0], class_type)
        if item == sats.U8:  # on the wire they are one, and values are bytes
            raise HintError("a list of u8 is written bytes, which its values are")
        return ArrayType(item)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, hint, class_type)
    own = class_type(hint)
    if own is not None:
        return own
    remedy = _REMEDIES.get(hint if origin is None else origin) or _decorator(hint)
    raise HintError(f"{_show(hint)} is no column type: {remedy}")


def _decorator(hint: object) -> str:
    """What makes a class a type."""
    kind = "enum" if isinstance(hint, type) and issubclass(hint, Enum) else "type"
    return f"decorate the class with @module.{kind}"


def _union(
    members: tuple[object, ...], hint: object, class_type: Callable[[object], AlgebraicType | None]
) -> AlgebraicType:
    if len(members) == 2 and type(None) in members:
        inner = members[0] if members[1] is type(None) else members[1]
        if typing.get_origin(inner) is Some:
            inner = typing.get_args(inner)[0]
        return option(algebraic_type_of(inner, class_type))
    if [typing.get_origin(member) for member in members] == [Ok, Err]:
        ok, err = (typing.get_args(member)[0] for member in members)
        return result(algebraic_type_of(ok, class_type), algebraic_type_of(err, class_type))
    raise HintError(
        f"{_show(hint)} is no column type: T | None is an option, Ok[T] | Err[E] a result, else use @module.sum"
    )


def _show(hint: object) -> str:
    return hint.__name__ if isinstance(hint, type) and typing.get_origin(hint) is None else str(hint)
